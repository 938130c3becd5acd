package audit

import (
	"cmp"
	"net/netip"
	"strconv"
	"time"

	"github.com/daypass/daypass/internal/aws"
)

// Event is one request, answered or refused.
type Event struct {
	Call   aws.Call
	Action string // such as GetSessionToken; empty when the request was refused before its action was read
	// Request and Result are the action's input and output structs, nil where there is none to record. Members tagged
	// secret:"true" are left out, at any depth.
	Request, Result any
	// Bearer is who asked without a signature; zero when the caller says it.
	Bearer   aws.Bearer
	Role     string // ARN of the role that a session was issued of, if one was
	ReadOnly bool
	Data     bool       // the request is about data of a service behind the gateway, not about the account
	Err      *aws.Error // nil when the request succeeded
}

// appendTo appends the event in CloudTrail's form (spec section 10), members in CloudTrail's order.
func (e *Event) appendTo(dst []byte) []byte {
	o := object(dst).raw(`{"eventVersion":"1.11"`)
	if e.Bearer.Type != "" {
		o = o.bearer("userIdentity", e.Bearer)
	} else {
		o = o.identity("userIdentity", e.Call.Caller)
	}
	o = o.time("eventTime", e.Call.Now, time.RFC3339)
	o = o.text("eventSource", e.Call.Service+".amazonaws.com")
	o = o.text("eventName", e.Action)
	o = o.text("awsRegion", shortened(e.Call.Region))
	o = o.address("sourceIPAddress", e.Call.SourceIP)
	o = o.text("userAgent", shortened(e.Call.UserAgent))
	if e.Err != nil {
		o = o.text("errorCode", string(e.Err.Code))
		o = o.optional("errorMessage", shortened(e.Err.Record()))
	}
	o = o.members("requestParameters", e.Request)
	o = o.members("responseElements", e.Result)
	o = o.reason("additionalEventData", e.Err)
	o = o.text("requestID", e.Call.RequestID).raw(`,"eventID":"`)
	o = object(aws.AppendUUID(o)).raw(`","readOnly":`)
	o = strconv.AppendBool(o, e.ReadOnly)
	o = o.role("resources", e.Role)
	o = o.raw(`,"eventType":"AwsApiCall","managementEvent":`)
	o = strconv.AppendBool(o, !e.Data)
	o = o.optional("recipientAccountId", cmp.Or(e.Bearer.AccountID, e.Call.Caller.AccountID))
	if e.Data {
		o = o.raw(`,"eventCategory":"Data"`)
	} else {
		o = o.raw(`,"eventCategory":"Management"`)
	}
	return o.close()
}

// address appends an IP address. A zone may hold any text.
func (o object) address(name string, a netip.Addr) object {
	if !a.IsValid() || a.Zone() != "" {
		return o.text(name, a.String())
	}
	return append(a.AppendTo(append(o.name(name), '"')), '"')
}

// maxText is how many bytes of a text that a client can make long are recorded.
const maxText = 1 << 10

// shortened keeps the beginning of a text: a request must not fill the disk with a multiple of itself.
func shortened(text string) string {
	if len(text) <= maxText {
		return text
	}
	return text[:maxText] + "..."
}

// identityTypes are CloudTrail's words for who calls.
var identityTypes = map[aws.PrincipalType]string{
	aws.RootPrincipal:        "Root",
	aws.UserPrincipal:        "IAMUser",
	aws.RolePrincipal:        "AssumedRole",
	aws.FederatedPrincipal:   "FederatedUser",
	aws.AssumedRootPrincipal: "Root",
}

func (o object) identity(name string, c aws.Caller) object {
	o = o.name(name).open()
	as := c.Approver().Type
	kind, known := identityTypes[as]
	if !known {
		kind = "Unknown"
	}
	o = o.text("type", kind)
	o = o.optional("principalId", c.UserID())
	if known {
		o = o.text("arn", c.ARN())
	}
	o = o.optional("accountId", c.AccountID)
	o = o.optional("accessKeyId", c.AccessKeyID)
	if as == aws.UserPrincipal {
		o = o.text("userName", c.Name)
	}
	if c.Session != nil {
		o = o.session("sessionContext", c)
		if c.Session.InvokedBy != "" {
			o = o.name("invokedByDelegate").open().text("accountId", c.Session.InvokedBy).close()
		}
	}
	return o.close()
}

func (o object) bearer(name string, b aws.Bearer) object {
	o = o.name(name).open().text("type", b.Type)
	o = o.text("principalId", shortened(b.PrincipalID)).text("userName", shortened(b.UserName))
	return o.text("identityProvider", b.IdentityProvider).close()
}

// role appends the resource that an event is about, if it is a role.
func (o object) role(name, arn string) object {
	parsed, ok := aws.ParseARN(arn)
	if !ok {
		return o
	}
	o = append(o.name(name), '[').open().text("ARN", arn).text("accountId", parsed.AccountID)
	return append(o.text("type", "AWS::IAM::Role").close(), ']')
}

func (o object) session(name string, c aws.Caller) object {
	s := c.Session
	o = o.name(name).open()
	if kind, arn := sessionIssuer(c); kind != "" {
		o = o.name("sessionIssuer").open().text("type", kind)
		o = o.text("principalId", c.ID).text("arn", arn).text("accountId", c.AccountID)
		o = o.optional("userName", c.Name).close()
	}
	if s.FederatedProvider != "" {
		o = o.name("webIdFederationData").open().text("federatedProvider", s.FederatedProvider).close()
	}
	o = o.name("attributes").open()
	o = o.time("creationDate", s.IssuedAt, time.RFC3339)
	o = o.text("mfaAuthenticated", strconv.FormatBool(s.MFAAuthenticated())).close()
	o = o.optional("sourceIdentity", s.SourceIdentity)
	return o.close()
}

// sessionIssuer is who a session acts for under another name than its own: the role, or who vouched for a federated user.
func sessionIssuer(c aws.Caller) (kind, arn string) {
	switch {
	case c.Approver().Type == aws.RolePrincipal:
		return "Role", c.RoleARN()
	case c.Type != aws.FederatedPrincipal:
		return "", ""
	case c.ID == c.AccountID:
		return identityTypes[aws.RootPrincipal], aws.RootARN(c.AccountID)
	}
	return identityTypes[aws.UserPrincipal], aws.IAMARN(c.AccountID, "user", c.Path, c.Name)
}

// reason is what daypass tells its operator beyond CloudTrail: why a request was refused.
func (o object) reason(name string, err *aws.Error) object {
	if err == nil || err.Unwrap() == nil {
		return o
	}
	return o.name(name).open().text("reason", shortened(err.Unwrap().Error())).close()
}
