package authz

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// facts are the condition keys that tell of a call and its caller (spec section 4, aws-iam section 16). They are made when a
// policy asks for them, and no parameter of the request can take the place of one.
type facts struct {
	call   aws.Call
	caller aws.Principal // whom a delegated session acts for: what is denied to that one must be denied to it
	tags   []store.Tag   // of the principal, and those of its session in their place
	mfaAt  time.Time     // zero when no token code was accepted
	owner  string        // of another service's resource; empty for what is in the store
	asked  policy.Context
}

func newFacts(call aws.Call, tags []store.Tag) *facts {
	f := &facts{call: call, caller: call.Caller.Approver(), tags: tags, asked: policy.Context{}}
	if s := call.Caller.Session; s != nil {
		f.mfaAt = s.MFAAuthenticatedAt
	}
	return f
}

// values are those of a key, as policy.Request.Facts has them.
func (f *facts) values(key string) []string {
	values, asked := f.asked[key]
	if !asked {
		values = f.find(key)
		f.asked[key] = values
	}
	return values
}

func (f *facts) find(key string) (values []string) {
	fact := requestFacts[key]
	if fact == nil && f.caller.Type != 0 { // nobody, who sent a request without a signature, has none
		fact = callerFacts[key]
	}
	if fact != nil {
		if value, ok := fact(f); ok {
			values = []string{value}
		}
		return values
	}
	if tag, ok := strings.CutPrefix(key, principalTag); ok {
		for _, t := range f.tags {
			if aws.FoldTagKey(t.TagKey) == tag {
				values = []string{t.TagValue}
			}
		}
		return values
	}
	if s := f.call.Caller.Session; s != nil {
		for _, kept := range s.Context {
			if kept.Key == key {
				values = append(values, kept.Value)
			}
		}
	}
	return values
}

const principalTag = "aws:principaltag/"

// callerKeys are the keys that may tell of the caller.
func (f *facts) callerKeys() []string {
	keys := slices.Collect(maps.Keys(callerFacts))
	for _, tag := range f.tags {
		keys = append(keys, principalTag+aws.FoldTagKey(tag.TagKey))
	}
	if s := f.call.Caller.Session; s != nil {
		for _, kept := range s.Context {
			keys = append(keys, kept.Key)
		}
	}
	return keys
}

// fill adds what there is of some keys to a context.
func (f *facts) fill(c policy.Context, keys []string) {
	for _, key := range keys {
		if values := f.values(key); values != nil {
			c[key] = values
		}
	}
}

// whole is a context with all facts in it.
func (f *facts) whole(c policy.Context) policy.Context {
	c = maps.Clone(c)
	f.fill(c, slices.Collect(maps.Keys(requestFacts)))
	f.fill(c, f.callerKeys())
	return c
}

// A fact makes the value of a key. It reports false where there is none.
type fact func(*facts) (string, bool)

// requestFacts tell of the request, whoever sent it.
var requestFacts = map[string]fact{
	"aws:currenttime":           func(f *facts) (string, bool) { return f.call.Now.UTC().Format(time.RFC3339), true },
	"aws:epochtime":             func(f *facts) (string, bool) { return strconv.FormatInt(f.call.Now.Unix(), 10), true },
	"aws:principalisawsservice": func(*facts) (string, bool) { return "false", true },
	"aws:referer":               func(f *facts) (string, bool) { return f.call.Referer, f.call.Referer != "" },
	"aws:requestedregion": func(f *facts) (string, bool) {
		if f.call.Service == "iam" { // whatever region its client signs for: a condition on another must not be the client's to fulfil
			return aws.GlobalRegion, true
		}
		return f.call.Region, true
	},
	"aws:resourceaccount": func(f *facts) (string, bool) { return f.owner, f.owner != "" },
	"aws:securetransport": func(f *facts) (string, bool) { return strconv.FormatBool(f.call.SecureTransport), true },
	"aws:sourceip":        func(f *facts) (string, bool) { return f.call.SourceIP.WithZone("").String(), f.call.SourceIP.IsValid() },
	"aws:useragent":       func(f *facts) (string, bool) { return f.call.UserAgent, true },
	"aws:viaawsservice":   func(*facts) (string, bool) { return "false", true },
}

// callerFacts tell of the caller. Those that only sessions have are absent for a long-term key, not false.
var callerFacts = map[string]fact{
	"aws:assumedroot":      func(f *facts) (string, bool) { return "true", f.caller.Type == aws.AssumedRootPrincipal },
	"aws:principalaccount": func(f *facts) (string, bool) { return f.caller.AccountID, true },
	"aws:principalarn": func(f *facts) (string, bool) {
		if f.caller.Type == aws.RolePrincipal {
			return f.caller.RoleARN(), true
		}
		return f.caller.ARN(), true
	},
	"aws:principaltype": func(f *facts) (string, bool) {
		name, ok := principalTypes[f.caller.Type]
		return name, ok
	},
	"aws:userid":   func(f *facts) (string, bool) { return f.caller.UserID(), true },
	"aws:username": func(f *facts) (string, bool) { return f.caller.Name, f.caller.Type == aws.UserPrincipal },

	"aws:federatedprovider": ofSession(func(s *aws.Session) (string, bool) { return s.FederatedProvider, s.FederatedProvider != "" }),
	"aws:multifactorauthage": func(f *facts) (string, bool) {
		age := max(f.call.Now.Sub(f.mfaAt)/time.Second, 0)
		return strconv.FormatInt(int64(age), 10), !f.mfaAt.IsZero()
	},
	"aws:multifactorauthpresent": func(f *facts) (string, bool) {
		return strconv.FormatBool(!f.mfaAt.IsZero()), !f.mfaAt.IsZero() || f.call.Caller.Session != nil
	},
	"aws:sourceidentity": ofSession(func(s *aws.Session) (string, bool) { return s.SourceIdentity, s.SourceIdentity != "" }),
	"aws:tokenissuetime": ofSession(func(s *aws.Session) (string, bool) { return s.IssuedAt.UTC().Format(time.RFC3339), true }),
}

var principalTypes = map[aws.PrincipalType]string{
	aws.RootPrincipal: "Account", aws.AssumedRootPrincipal: "Account", aws.UserPrincipal: "User",
	aws.RolePrincipal: "AssumedRole", aws.FederatedPrincipal: "FederatedUser",
}

func ofSession(value func(*aws.Session) (string, bool)) fact {
	return func(f *facts) (string, bool) {
		if s := f.call.Caller.Session; s != nil {
			return value(s)
		}
		return "", false
	}
}
