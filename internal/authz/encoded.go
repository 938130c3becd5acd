package authz

import (
	"context"
	"strings"

	"github.com/daypass/daypass/internal/authmessage"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
)

// EncodedMessage returns the encoded authorization message of a request that policies refused: what
// DecodeAuthorizationMessage tells of it (spec section 5.10). It decides the request once more, to find the statements
// that matched, and is for refusals only. The caller must have signed. AWS's services put a message behind the text of a
// refusal as EncodedMessagePrefix says.
//
// The message must not go with a refusal that has to be the same whether or not there is such a resource, in another
// account above all. It tells nothing that belongs to another account: no statement of its policies, no tag of the
// resource. Nor does it have statements of control policies, which an account's own callers can't read either.
func EncodedMessage(ring *authmessage.Ring, call aws.Call, p *policy.Policies, r *policy.Request) (string, error) {
	trace := policy.Simulate(p, r)
	caller := call.Caller
	m := authmessage.Message{
		AccountID:    caller.AccountID,
		ExplicitDeny: trace.Outcome == policy.ExplicitDeny,
		PrincipalID:  caller.UserID(),
		ARN:          caller.ARN(),
		Action:       r.Action,
		Resource:     r.Resource,
		Context:      r.Context,
	}
	if caller.Type == aws.UserPrincipal {
		m.Name = caller.Name
	}
	foreign := r.ResourceAccount != "" && r.ResourceAccount != caller.AccountID
	if foreign {
		m.Context = withoutResource(r.Context)
	}
	for _, match := range trace.Matches {
		switch match.Kind {
		case policy.KindResource, policy.KindTrust:
			if foreign {
				continue
			}
		case policy.KindServiceControl, policy.KindResourceControl, policy.NoKind:
			continue
		case policy.KindIdentity, policy.KindBoundary, policy.KindSession:
		}
		m.Statements = append(m.Statements, match.Statement)
	}
	return ring.Seal(m, call.Now)
}

// EncodedMessagePrefix stands between the full stop of a refusal and its encoded message.
const EncodedMessagePrefix = " Encoded authorization failure message: "

// withoutResource is a context without what may tell of the resource: tags, under whatever name a service has them, that are
// neither the principal's nor the request's.
func withoutResource(c policy.Context) policy.Context {
	own := policy.Context{}
	for key, values := range c {
		if !strings.Contains(key, "tag/") || strings.HasPrefix(key, "aws:principaltag/") || strings.HasPrefix(key, aws.KeyRequestTag) {
			own[key] = values
		}
	}
	return own
}

// withMessage adds the encoded message to a refusal, if the server is told to. The audit log does without: it has the reason.
func (a *Authorizer) withMessage(ctx context.Context, refusal *aws.Error, f *facts, p *policy.Policies, r *policy.Request) *aws.Error {
	if a.Messages == nil {
		return refusal
	}
	messages, err := a.Messages.At(ctx, f.call.Now)
	if err != nil {
		return aws.Internal(err)
	}
	told := *r
	told.Context = f.whole(r.Context)
	encoded, err := EncodedMessage(messages, f.call, p, &told)
	if err != nil {
		return aws.Internal(err)
	}
	answer := refusal.Recorded(refusal.Message)
	answer.Message += "." + EncodedMessagePrefix + encoded
	return answer
}
