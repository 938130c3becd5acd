package audit

import (
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
	ReadOnly        bool
	Err             *aws.Error // nil when the request succeeded
}

// record is an event in CloudTrail's form (spec section 10), members in CloudTrail's order.
type record struct {
	EventVersion        string         `json:"eventVersion"`
	UserIdentity        userIdentity   `json:"userIdentity"`
	EventTime           string         `json:"eventTime"`
	EventSource         string         `json:"eventSource"`
	EventName           string         `json:"eventName"`
	AWSRegion           string         `json:"awsRegion"`
	SourceIPAddress     string         `json:"sourceIPAddress"`
	UserAgent           string         `json:"userAgent"`
	ErrorCode           string         `json:"errorCode,omitempty"`
	ErrorMessage        string         `json:"errorMessage,omitempty"`
	RequestParameters   map[string]any `json:"requestParameters"`
	ResponseElements    map[string]any `json:"responseElements"`
	AdditionalEventData *additional    `json:"additionalEventData,omitempty"`
	RequestID           string         `json:"requestID"`
	EventID             string         `json:"eventID"`
	ReadOnly            bool           `json:"readOnly"`
	EventType           string         `json:"eventType"`
	ManagementEvent     bool           `json:"managementEvent"`
	RecipientAccountID  string         `json:"recipientAccountId,omitempty"`
	EventCategory       string         `json:"eventCategory"`
}

type userIdentity struct {
	Type           string          `json:"type"`
	PrincipalID    string          `json:"principalId,omitempty"`
	ARN            string          `json:"arn,omitempty"`
	AccountID      string          `json:"accountId,omitempty"`
	AccessKeyID    string          `json:"accessKeyId,omitempty"`
	UserName       string          `json:"userName,omitempty"`
	SessionContext *sessionContext `json:"sessionContext,omitempty"`
}

type sessionContext struct {
	Attributes sessionAttributes `json:"attributes"`
}

type sessionAttributes struct {
	CreationDate     string `json:"creationDate"`
	MFAAuthenticated string `json:"mfaAuthenticated"`
}

// additional is what daypass tells its operator beyond CloudTrail: why a request was refused.
type additional struct {
	Reason string `json:"reason"`
}

func (e *Event) record() record {
	r := record{
		EventVersion:       "1.11",
		UserIdentity:       identityOf(e.Call.Caller),
		EventTime:          timestamp(e.Call.Now),
		EventSource:        e.Call.Service + ".amazonaws.com",
		EventName:          e.Action,
		AWSRegion:          e.Call.Region,
		SourceIPAddress:    e.Call.SourceIP.String(),
		UserAgent:          e.Call.UserAgent,
		RequestParameters:  members(e.Request),
		ResponseElements:   members(e.Result),
		RequestID:          e.Call.RequestID,
		EventID:            aws.NewRequestID(),
		ReadOnly:           e.ReadOnly,
		EventType:          "AwsApiCall",
		ManagementEvent:    true,
		RecipientAccountID: e.Call.Caller.AccountID,
		EventCategory:      "Management",
	}
	if e.Err != nil {
		r.ErrorCode, r.ErrorMessage = string(e.Err.Code), e.Err.Message
		if cause := e.Err.Unwrap(); cause != nil {
			r.AdditionalEventData = &additional{cause.Error()}
		}
	}
	return r
}

func identityOf(c aws.Caller) userIdentity {
	u := userIdentity{PrincipalID: c.ID, AccountID: c.AccountID, AccessKeyID: c.AccessKeyID, UserName: c.Name}
	switch c.Type {
	case aws.RootPrincipal:
		u.Type, u.ARN = "Root", c.ARN()
	case aws.UserPrincipal:
		u.Type, u.ARN = "IAMUser", c.ARN()
	default:
		u.Type = "Unknown"
	}
	if c.Session != nil {
		mfa := "false"
		if c.Session.MFAAuthenticated() {
			mfa = "true"
		}
		u.SessionContext = &sessionContext{sessionAttributes{timestamp(c.Session.IssuedAt), mfa}}
	}
	return u
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
