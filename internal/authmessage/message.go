package authmessage

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/deflate"
	"github.com/daypass/daypass/policy"
)

// Message is a refusal with all that led to it.
type Message struct {
	AccountID    string // of the refused principal: whose callers may decode the message
	ExplicitDeny bool
	Statements   []*policy.Statement // that matched the request
	PrincipalID  string              // as aws:userid
	Name         string              // of a user
	ARN          string              // of the principal
	Action       string              // service:Name
	Resource     string
	Context      policy.Context
}

// The form of DecodedMessage (spec section 5.10). NotActions, NotResources and Truncated are ours: AWS's form has no word for
// them.
type (
	decoded struct {
		Allowed           bool            `json:"allowed"`
		ExplicitDeny      bool            `json:"explicitDeny"`
		MatchedStatements list[statement] `json:"matchedStatements"`
		Failures          list[value]     `json:"failures"`
		Context           request         `json:"context"`
		Truncated         bool            `json:"truncated,omitempty"`
	}
	statement struct {
		StatementID     string          `json:"statementId"`
		Effect          string          `json:"effect"`
		Principals      list[value]     `json:"principals"`
		PrincipalGroups list[value]     `json:"principalGroups"`
		Actions         list[value]     `json:"actions"`
		NotActions      *list[value]    `json:"notActions,omitempty"`
		Resources       list[value]     `json:"resources"`
		NotResources    *list[value]    `json:"notResources,omitempty"`
		Conditions      list[condition] `json:"conditions"`
	}
	request struct {
		Principal  principal       `json:"principal"`
		Action     string          `json:"action"`
		Resource   string          `json:"resource"`
		Conditions list[condition] `json:"conditions"`
	}
	principal struct {
		ID   string `json:"id"`
		Name string `json:"name,omitempty"`
		ARN  string `json:"arn"`
	}
	condition struct {
		Key    string      `json:"key"`
		Values list[value] `json:"values"`
	}
	value struct {
		Value string `json:"value"`
	}
	list[T any] struct {
		Items []T `json:"items"`
	}
)

// What a message takes of a request and of policies. A caller chooses much of both.
const (
	maxName  = 1024     // of an ARN, in bytes
	maxValue = 256      // of any other text
	maxTexts = 16 << 10 // of all texts together, each with perText more
	perText  = 32
)

// withheld are condition keys whose values may be secrets: a referer may be a presigned request.
var withheld = []string{"aws:referer", "sts:externalid"}

// deflated is the text of DecodedMessage, compressed to no more than limit bytes.
func (m *Message) deflated(limit int) ([]byte, error) {
	d := m.decoded()
	for {
		text, err := d.marshal()
		if err != nil {
			return nil, err
		}
		if len(text) <= maxJSON {
			if deflated := deflate.Compress(text); len(deflated) <= limit {
				return deflated, nil
			}
		}
		if !d.shrink() {
			return nil, errors.New("an encoded authorization message does not fit")
		}
	}
}

func (d *decoded) marshal() ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(d)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// shrink leaves out half of what a message can do without. It reports false when nothing is left of that.
func (d *decoded) shrink() bool {
	c := &d.Context
	switch {
	case len(c.Conditions.Items) > 0:
		c.Conditions.Items = smaller(c.Conditions.Items)
	case len(d.MatchedStatements.Items) > 0:
		d.MatchedStatements.Items = d.MatchedStatements.Items[:len(d.MatchedStatements.Items)/2]
	case c.Resource != "":
		c.Resource = strings.ToValidUTF8(c.Resource[:len(c.Resource)/2], "")
	default:
		return false
	}
	d.Truncated = true
	return true
}

// smaller is the half of conditions that takes less room.
func smaller(all []condition) []condition {
	slices.SortStableFunc(all, func(a, b condition) int { return cmp.Compare(a.size(), b.size()) })
	all = all[:len(all)/2]
	slices.SortFunc(all, func(a, b condition) int { return strings.Compare(a.Key, b.Key) })
	return all
}

func (c condition) size() int {
	size := len(c.Key)
	for _, v := range c.Values.Items {
		size += len(v.Value) + perText
	}
	return size
}

func (m *Message) decoded() *decoded {
	t := taker{left: maxTexts}
	d := &decoded{
		ExplicitDeny: m.ExplicitDeny,
		Failures:     list[value]{[]value{}},
		Context: request{
			Principal: principal{t.text(m.PrincipalID, maxValue), t.text(m.Name, maxValue), t.text(m.ARN, maxName)},
			Action:    t.text(m.Action, maxValue),
			Resource:  t.text(m.Resource, maxName),
		},
		MatchedStatements: list[statement]{[]statement{}},
	}
	for _, s := range m.Statements {
		if t.full() {
			break
		}
		d.MatchedStatements.Items = append(d.MatchedStatements.Items, t.statement(s, m.PrincipalID))
	}
	d.Context.Conditions = t.context(m.Context)
	d.Truncated = t.cut
	return d
}

// taker takes texts into a message until it has enough.
type taker struct {
	left int
	cut  bool // something was left out
}

func (t *taker) full() bool {
	t.cut = t.cut || t.left <= 0
	return t.left <= 0
}

func (t *taker) text(s string, limit int) string {
	t.left -= min(len(s), limit) + perText
	if len(s) <= limit {
		return s
	}
	t.cut = true
	return strings.ToValidUTF8(s[:limit], "") + "..."
}

func (t *taker) texts(texts []string) list[value] {
	values := list[value]{[]value{}}
	for _, text := range texts {
		if t.full() {
			break
		}
		values.Items = append(values.Items, value{t.text(text, maxValue)})
	}
	return values
}

// statement takes a statement. As its principals AWS shows the caller.
func (t *taker) statement(s *policy.Statement, principalID string) statement {
	taken := statement{
		StatementID: t.text(s.Sid, maxValue), Effect: "ALLOW",
		Principals: t.texts([]string{principalID}), PrincipalGroups: t.texts(nil),
		Conditions: list[condition]{[]condition{}},
	}
	if s.Effect == policy.Deny {
		taken.Effect = "DENY"
	}
	taken.Actions, taken.NotActions = t.element(s.Actions())
	taken.Resources, taken.NotResources = t.element(s.Resources())
	for _, c := range s.Conditions() {
		if t.full() {
			break
		}
		taken.Conditions.Items = append(taken.Conditions.Items, condition{t.text(c.Key, maxValue), t.texts(c.Values)})
	}
	return taken
}

// element takes an element that may be negated.
func (t *taker) element(values []string, not bool) (list[value], *list[value]) {
	taken := t.texts(values)
	if !not {
		return taken, nil
	}
	return t.texts(nil), &taken
}

func (t *taker) context(c policy.Context) list[condition] {
	taken := list[condition]{[]condition{}}
	for _, key := range slices.Sorted(maps.Keys(c)) {
		if slices.Contains(withheld, key) {
			continue
		}
		if t.full() {
			break
		}
		taken.Items = append(taken.Items, condition{t.text(key, maxValue), t.texts(c[key])})
	}
	return taken
}
