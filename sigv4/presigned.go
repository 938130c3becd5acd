package sigv4

import "strings"

// MaxParameters is how many parameters a query may have. AWS names no limit; its largest calls stay far below this one.
const MaxParameters = 1024

// parameters are those of a query that make up a presigned signature. X-Amz-Expires is not among them: AWS's Query
// services don't heed it (spec section 2.4).
type parameters struct {
	algorithm, credential, signature, signedHeaders, date, token optional
}

// parseQuery checks the whole query and picks the parameters of a signature. Of a repeated one it takes the first.
func parseQuery(query string) (p parameters, err error) {
	if strings.Count(query, "&") >= MaxParameters {
		return p, refusef(codeMalformedQueryString, "The query string has more than %d parameters", MaxParameters)
	}
	for query != "" {
		var parameter string
		parameter, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(parameter, "=")
		if err := checkEscapes(name); err != nil {
			return p, err
		}
		if err := checkEscapes(value); err != nil {
			return p, err
		}
		if wanted := p.field(unescape(name)); wanted != nil && !wanted.present {
			*wanted = optional{unescape(value), true}
		}
	}
	return p, nil
}

func (p *parameters) field(name string) *optional {
	switch name {
	case "X-Amz-Algorithm":
		return &p.algorithm
	case "X-Amz-Credential":
		return &p.credential
	case signatureParameter:
		return &p.signature
	case "X-Amz-SignedHeaders":
		return &p.signedHeaders
	case "X-Amz-Date":
		return &p.date
	case "X-Amz-Security-Token":
		return &p.token
	}
	return nil
}

// signatureParameter is the one parameter that the signature can't cover.
const signatureParameter = "X-Amz-Signature"

// checkEscapes is step 4.
func checkEscapes(s string) error {
	i := badEscape(s)
	switch {
	case i < 0:
		return nil
	case i+2 >= len(s):
		return refusef(codeMalformedQueryString, "Incomplete trailing escape %% sequence")
	}
	return refusef(codeMalformedQueryString, "Illegal hex character in escape %% pattern: %s", s[i:i+3])
}

// fromQuery reads the presigned form (steps 7a to 7d) and returns the date of the request as it was sent.
func (s *Signature) fromQuery(p *parameters) (date string, err error) {
	if p.algorithm.value != algorithm {
		return "", refusef(codeMissingAuthenticationToken, msgMissingToken)
	}
	var missing []string
	for _, required := range []struct {
		present bool
		message string
	}{
		{p.credential.present, "AWS query-string parameters must include 'X-Amz-Credential'."},
		{p.signature.present, "AWS query-string parameters must include 'X-Amz-Signature'."},
		{p.signedHeaders.present, "AWS query-string parameters must include 'X-Amz-SignedHeaders'."},
		{p.date.present, "AWS query-string parameters must include 'X-Amz-Date'."},
	} {
		if !required.present {
			missing = append(missing, required.message)
		}
	}
	if missing != nil {
		return "", refusef(codeIncompleteSignature, "%s Re-examine the query-string parameters.", strings.Join(missing, " "))
	}
	s.Presigned = true
	s.credential, s.signature, s.SignedHeaders = p.credential.value, p.signature.value, p.signedHeaders.value
	s.SessionToken, s.HasSessionToken = p.token.value, p.token.present
	return p.date.value, nil
}
