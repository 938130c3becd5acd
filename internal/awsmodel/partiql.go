package awsmodel

import (
	"slices"
	"strings"
)

// parsePartiQL tells the action, the table and the index of a statement of DynamoDB's PartiQL. It knows the shape of one
// statement on one table; with comments, a second statement, a join, a nested query or anything it does not know it fails.
func parsePartiQL(statement string) (action, table, index string, ok bool) {
	tokens, ok := partiQLTokens(statement)
	if !ok {
		return "", "", "", false
	}
	p := &partiQL{tokens: tokens}
	p.trimExists()
	var next []string
	switch {
	case p.word("SELECT"):
		action, next = "PartiQLSelect", []string{"WHERE", "ORDER"}
		ok = p.skipTo("FROM")
	case p.word("INSERT"):
		action, next, ok = "PartiQLInsert", []string{"VALUE"}, p.word("INTO")
	case p.word("UPDATE"):
		action, next = "PartiQLUpdate", []string{"SET", "REMOVE"}
	case p.word("DELETE"):
		action, next, ok = "PartiQLDelete", []string{"WHERE"}, p.word("FROM")
	default:
		return "", "", "", false
	}
	if !ok {
		return "", "", "", false
	}
	if table, index, ok = p.table(); !ok || index != "" && action != "PartiQLSelect" {
		return "", "", "", false
	}
	return action, table, index, p.rest(next)
}

type partiQLToken struct {
	kind byte // w: word, i: quoted identifier, s: anything else
	text string
}

// partiQLTokens cuts a statement up. Comments, semicolons and Ion literals in backticks are not known.
func partiQLTokens(s string) (tokens []partiQLToken, ok bool) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '\'' || c == '"':
			value, end := quotedPartiQL(s, i)
			if end < 0 {
				return nil, false
			}
			kind := byte('s')
			if c == '"' {
				kind = 'i'
			}
			tokens = append(tokens, partiQLToken{kind, value})
			i = end
		case isPlain(s[i:i+1], "$"):
			end := i + 1
			for end < len(s) && isPlain(s[end:end+1], "$") {
				end++
			}
			tokens = append(tokens, partiQLToken{'w', s[i:end]})
			i = end
		case strings.IndexByte(";`", c) >= 0 || c < 0x20 || c > 0x7e, strings.HasPrefix(s[i:], "--"), strings.HasPrefix(s[i:], "/*"):
			return nil, false
		default:
			tokens = append(tokens, partiQLToken{'s', s[i : i+1]})
			i++
		}
	}
	return tokens, true
}

// quotedPartiQL reads from the quote at i to its end. A quote within is written twice; whether a backslash means
// something is not known, so that there may be none.
func quotedPartiQL(s string, i int) (value string, end int) {
	quote := s[i]
	var b strings.Builder
	for j := i + 1; j < len(s); j++ {
		switch {
		case s[j] == '\\' || s[j] == 0:
			return "", -1
		case s[j] != quote:
			b.WriteByte(s[j])
		case j+1 < len(s) && s[j+1] == quote:
			b.WriteByte(quote)
			j++
		default:
			return b.String(), j + 1
		}
	}
	return "", -1
}

type partiQL struct {
	tokens []partiQLToken
}

func (p *partiQL) next() partiQLToken {
	if len(p.tokens) == 0 {
		return partiQLToken{}
	}
	return p.tokens[0]
}

// word goes past a keyword.
func (p *partiQL) word(keyword string) bool {
	if t := p.next(); t.kind != 'w' || !strings.EqualFold(t.text, keyword) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *partiQL) symbol(text string) bool {
	if t := p.next(); t.kind != 's' || t.text != text {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

// trimExists takes the query out of EXISTS(...), which a transaction may have as a condition.
func (p *partiQL) trimExists() {
	if !p.word("EXISTS") {
		return
	}
	last := len(p.tokens) - 1
	if last < 1 || p.tokens[last] != (partiQLToken{'s', ")"}) || !p.symbol("(") {
		p.tokens = nil
		return
	}
	p.tokens = p.tokens[:len(p.tokens)-1]
	if !strings.EqualFold(p.next().text, "SELECT") {
		p.tokens = nil
	}
}

// skipTo goes past a keyword, with nothing that may begin a query or a clause before it.
func (p *partiQL) skipTo(keyword string) bool {
	for len(p.tokens) > 0 {
		if p.word(keyword) {
			return true
		}
		if p.clause() {
			return false
		}
		p.tokens = p.tokens[1:]
	}
	return false
}

// clause reports whether the next token begins a part that a statement on one table does not have here.
func (p *partiQL) clause() bool {
	t := p.next()
	return t.kind == 'w' && slices.Contains([]string{
		"CROSS", "DELETE", "EXCEPT", "EXISTS", "FROM", "INSERT", "INTERSECT", "INTO", "JOIN", "LET", "PIVOT", "SELECT",
		"UNION", "UNPIVOT", "UPDATE", "WITH", "ON",
	}, strings.ToUpper(t.text))
}

// table reads a name, or two with a dot between them.
func (p *partiQL) table() (table, index string, ok bool) {
	if table, ok = p.name(); !ok || !p.symbol(".") {
		return table, "", ok
	}
	index, ok = p.name()
	return table, index, ok
}

func (p *partiQL) name() (string, bool) {
	t := p.next()
	if t.kind != 'i' && t.kind != 'w' || t.text == "" || p.clause() {
		return "", false
	}
	p.tokens = p.tokens[1:]
	return t.text, true
}

// rest reports whether the statement ends, or goes on with one of the keywords and no further query.
func (p *partiQL) rest(keywords []string) bool {
	if len(p.tokens) == 0 {
		return true
	}
	if !slices.ContainsFunc(keywords, p.word) {
		return false
	}
	for len(p.tokens) > 0 {
		if p.clause() {
			return false
		}
		p.tokens = p.tokens[1:]
	}
	return true
}
