package sigv4

import "strings"

// fromHeader reads the header form (steps 6a to 6d) and returns the date of the request as it was sent.
func (s *Signature) fromHeader(authorization string) (date string, err error) {
	authorization = strings.Trim(authorization, " \t")
	word, rest := cutToken(authorization, isBlank)
	if word != algorithm {
		return "", refusef(codeIncompleteSignature, "Unsupported AWS 'algorithm': '%s'.", word)
	}
	var credential, signature, signedHeaders optional
	for rest != "" {
		// A blank separates as a comma does: AWS takes "Credential= AKIA..." for two parts.
		var part string
		if part, rest = cutToken(rest, isSeparator); part == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return "", refusef(codeIncompleteSignature,
				"'%s' not a valid key=value pair (missing equal-sign) in Authorization header: '%s'", part, authorization)
		}
		switch key {
		case "Credential":
			credential = optional{value, true}
		case "Signature":
			signature = optional{value, true}
		case "SignedHeaders":
			signedHeaders = optional{value, true}
		}
	}
	requestDate := first(s.request.Header["X-Amz-Date"])
	if !requestDate.present {
		requestDate = first(s.request.Header["Date"])
	}
	var missing []string
	for _, required := range []struct {
		present bool
		message string
	}{
		{credential.present, "Authorization header requires 'Credential' parameter."},
		{signature.present, "Authorization header requires 'Signature' parameter."},
		{signedHeaders.present, "Authorization header requires 'SignedHeaders' parameter."},
		{requestDate.present, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."},
	} {
		if !required.present {
			missing = append(missing, required.message)
		}
	}
	if missing != nil {
		return "", refusef(codeIncompleteSignature, "%s Authorization=%s", strings.Join(missing, " "), algorithm)
	}
	token := first(s.request.Header["X-Amz-Security-Token"])
	s.credential, s.signature, s.SignedHeaders = credential.value, signature.value, signedHeaders.value
	s.SessionToken, s.HasSessionToken = token.value, token.present
	return requestDate.value, nil
}

// optional is a value that may be absent, which is not the same as empty.
type optional struct {
	value   string
	present bool
}

func first(values []string) optional {
	if len(values) == 0 {
		return optional{}
	}
	return optional{values[0], true}
}

// cutToken cuts s at the first byte that ends a token.
func cutToken(s string, ends func(byte) bool) (token, rest string) {
	for i := range len(s) {
		if ends(s[i]) {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isSeparator(c byte) bool { return c == ',' || isBlank(c) }
