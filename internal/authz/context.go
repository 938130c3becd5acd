package authz

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// The prefixes of the keys that hold tags of the resource and of the request.
const (
	resourceTag = "aws:resourcetag/"
	requestTag  = "aws:requesttag/"
)

// requestContext fills the condition keys of a request (spec section 4, aws-iam section 16). given are the keys that the
// request's own parameters fill. What is true of the caller comes last: no parameter can take its place.
func requestContext(call aws.Call, tags []store.Tag, t target, given map[string][]string) policy.Context {
	c := make(policy.Context, 24)
	t.fill(c)
	maps.Copy(c, given)
	c["aws:currenttime"] = []string{call.Now.UTC().Format(time.RFC3339)}
	c["aws:epochtime"] = []string{strconv.FormatInt(call.Now.Unix(), 10)}
	c["aws:securetransport"] = []string{strconv.FormatBool(call.SecureTransport)}
	c["aws:viaawsservice"] = []string{"false"}
	c["aws:principalisawsservice"] = []string{"false"}
	c["aws:requestedregion"] = []string{call.Region}
	c["aws:useragent"] = []string{call.UserAgent}
	if call.SourceIP.IsValid() {
		c["aws:sourceip"] = []string{call.SourceIP.WithZone("").String()}
	}
	if call.Referer != "" {
		c["aws:referer"] = []string{call.Referer}
	}
	fillCaller(c, call)
	for _, tag := range tags {
		c["aws:principaltag/"+strings.ToLower(tag.TagKey)] = []string{tag.TagValue}
	}
	return c
}

// readings are the contexts that a request must be allowed in. There is one, unless tags differ in the case of their keys
// alone, which policies, MFA devices and providers may have: a condition key is the same in any case and has one value, so
// none of the two may hide behind the other.
func readings(c policy.Context) []policy.Context {
	most := 1
	for key, values := range c {
		if isTag(key) {
			most = max(most, len(values))
		}
	}
	if most == 1 {
		return []policy.Context{c}
	}
	all := make([]policy.Context, most)
	for i := range all {
		all[i] = maps.Clone(c)
		for key, values := range c {
			if isTag(key) {
				all[i][key] = values[min(i, len(values)-1):][:1]
			}
		}
	}
	return all
}

func isTag(key string) bool {
	return strings.HasPrefix(key, requestTag) || strings.HasPrefix(key, resourceTag)
}

func fillCaller(c policy.Context, call aws.Call) {
	caller := call.Caller
	c["aws:principalarn"] = []string{caller.ARN()}
	c["aws:principalaccount"] = []string{caller.AccountID}
	c["aws:userid"] = []string{caller.ID}
	c["aws:principaltype"] = []string{"Account"}
	if caller.Type == aws.UserPrincipal {
		c["aws:principaltype"] = []string{"User"}
		c["aws:username"] = []string{caller.Name}
	}
	session := caller.Session
	if session == nil {
		return // a long-term key has none of the keys below: they are absent, not false
	}
	c["aws:multifactorauthpresent"] = []string{strconv.FormatBool(session.MFAAuthenticated())}
	c["aws:tokenissuetime"] = []string{session.IssuedAt.UTC().Format(time.RFC3339)}
	if session.MFAAuthenticated() {
		age := call.Now.Sub(session.MFAAuthenticatedAt) / time.Second
		c["aws:multifactorauthage"] = []string{strconv.FormatInt(int64(max(age, 0)), 10)}
	}
}
