package awsmodel

import (
	"encoding/json"
	"encoding/xml"
	"strconv"
	"strings"
)

// Error is what a client is to read.
type Error struct {
	Code    string // as it is on the wire, without a namespace
	Message string
	Status  int // 0 for the protocol's own: 400, or what a refusal has
}

// Reply is an answer that is an error.
type Reply struct {
	Status int
	Header [][2]string
	Body   []byte
}

// Denied is the refusal of a request that was understood, in the service's own code (aws-services section 4). The text is
// what policies make of it: User: ... is not authorized to perform: ...
func (s *Service) Denied(p Protocol, text string) Error {
	e := Error{Code: deniedCode(p), Message: text, Status: 403}
	switch {
	case s.signingName == "sns":
		e.Code = "AuthorizationError"
	case p == EC2:
		e.Message = strings.TrimSpace("You are not authorized to perform this operation. " + text)
	case (p == JSON10 || p == JSON11 || p == CBOR) && !s.compatible(p):
		e.Status = 400
	}
	return e
}

// ActionText is an action as the service prints it in its refusals.
func (s *Service) ActionText(action string) string {
	switch s.signingName {
	case "sqs":
		return strings.ToLower(action)
	case "sns":
		if name, ok := strings.CutPrefix(action, "sns:"); ok {
			return "SNS:" + name
		}
	}
	return action
}

// Refused is what a client is told about a request that could not be named.
func (s *Service) Refused(r *RefusalError) Error {
	if r.Kind == Foreign || r.Kind == Unsupported {
		return s.Denied(r.Protocol, r.Reason)
	}
	return Error{Code: r.Code(), Message: r.Reason, Status: 400}
}

// compatible reports whether errors carry the code of the Query protocol too.
func (s *Service) compatible(p Protocol) bool {
	for _, m := range s.models {
		if m.compatible && m.speaks(p) {
			return true
		}
	}
	return false
}

// Reply writes an error in the form of a protocol. An answer to HEAD has no body.
func (s *Service) Reply(p Protocol, e Error, requestID string, head bool) Reply {
	if e.Status == 0 {
		e.Status = 400
	}
	r := Reply{Status: e.Status, Header: [][2]string{{"X-Amzn-Requestid", requestID}}}
	switch p {
	case JSON10, JSON11:
		r.set("Content-Type", "application/x-amz-"+strings.Replace(string(p), "json", "json-", 1))
		r.set("X-Amzn-Errortype", e.Code)
		r.Body = s.jsonError(e)
	case RESTJSON:
		r.set("Content-Type", "application/json")
		r.set("X-Amzn-Errortype", e.Code)
		r.Body = marshal(map[string]string{"Message": e.Message, "message": e.Message})
		if s.signingName == "lambda" {
			r.Body = marshal(map[string]string{"Message": e.Message})
		}
	case CBOR:
		r.set("Content-Type", "application/cbor")
		r.set("Smithy-Protocol", "rpc-v2-cbor")
		r.Body = appendCBORText(appendCBORText([]byte{0xa2}, "__type"), s.shapeName(e.Code))
		r.Body = appendCBORText(appendCBORText(r.Body, "message"), e.Message)
	case EC2:
		r.set("Content-Type", "text/xml;charset=UTF-8")
		r.Body = []byte("<?xml version='1.0' encoding='UTF-8'?><Response><Errors><Error><Code>" + escapeXML(e.Code) + "</Code><Message>" +
			escapeXML(e.Message) + "</Message></Error></Errors><RequestID>" + escapeXML(requestID) + "</RequestID></Response>")
	default:
		r.set("Content-Type", "text/xml")
		r.Body = s.xmlError(p, e, requestID)
	}
	if s.compatible(p) && (p == JSON10 || p == JSON11 || p == CBOR) {
		r.set("X-Amzn-Query-Error", strings.TrimSuffix(e.Code, "Exception")+";"+fault(e.Status))
	}
	if head {
		r.Body = nil
	}
	return r
}

func (r *Reply) set(name, value string) { r.Header = append(r.Header, [2]string{name, value}) }

// jsonError has the message under the name that the service uses; clients read both.
func (s *Service) jsonError(e Error) []byte {
	body := struct {
		Type    string `json:"__type"`
		Upper   string `json:"Message,omitempty"`
		Message string `json:"message,omitempty"`
	}{Type: s.shapeName(e.Code), Message: e.Message}
	if s.signingName == "dynamodb" {
		body.Upper, body.Message = e.Message, ""
	}
	return marshal(body)
}

// shapeName is the code with the namespace that the service writes before it.
func (s *Service) shapeName(code string) string {
	switch s.signingName {
	case "dynamodb":
		if code == "AccessDeniedException" || strings.HasSuffix(code, "SignatureException") || strings.HasSuffix(code, "ClientException") {
			return "com.amazon.coral.service#" + code
		}
		return "com.amazonaws.dynamodb.v20120810#" + code
	case "sqs":
		return "com.amazonaws.sqs#" + code
	}
	return code
}

func (s *Service) xmlError(p Protocol, e Error, requestID string) []byte {
	namespace := ""
	for _, m := range s.models {
		if m.speaks(p) && m.namespace != "" {
			namespace = ` xmlns="` + escapeXML(m.namespace) + `"`
			break
		}
	}
	return []byte("<ErrorResponse" + namespace + "><Error><Type>" + fault(e.Status) + "</Type><Code>" + escapeXML(e.Code) + "</Code><Message>" +
		escapeXML(e.Message) + "</Message></Error><RequestId>" + escapeXML(requestID) + "</RequestId></ErrorResponse>")
}

func fault(status int) string {
	if status >= 500 {
		return "Receiver"
	}
	return "Sender"
}

func escapeXML(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}

func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("internal error: " + strconv.Quote(err.Error()))
	}
	return text
}

func appendCBORText(dst []byte, s string) []byte {
	s = strings.ToValidUTF8(s, "\uFFFD")
	switch n := len(s); {
	case n < 24:
		dst = append(dst, 0x60|byte(n))
	case n < 1<<16:
		dst = append(dst, 0x79, byte(n>>8), byte(n)) //nolint:gosec // two bytes of a number below 65536
	default:
		return appendCBORText(dst, s[:1<<16-1])
	}
	return append(dst, s...)
}
