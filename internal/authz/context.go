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
	if call.Service == "iam" { // whatever region its client signs for: a condition on another must not be the client's to fulfil
		c["aws:requestedregion"] = []string{aws.GlobalRegion}
	}
	c["aws:useragent"] = []string{call.UserAgent}
	if call.SourceIP.IsValid() {
		c["aws:sourceip"] = []string{call.SourceIP.WithZone("").String()}
	}
	if call.Referer != "" {
		c["aws:referer"] = []string{call.Referer}
	}
	fillCaller(c, call)
	fillTags(c, tags)
	return c
}

func fillTags(c policy.Context, tags []store.Tag) {
	for _, tag := range tags {
		c["aws:principaltag/"+aws.FoldTagKey(tag.TagKey)] = []string{tag.TagValue}
	}
}

// maxReadings bounds what tags may cost that differ in the case of their keys alone.
const maxReadings = 64

// readings are the contexts that a request must be allowed in. There is one, unless tags differ in the case of their keys
// alone, which policies, MFA devices and providers may have: a condition key is the same in any case and has one value, so
// none of them may hide behind another, nor one combination of them behind another. It reports false when there are too
// many combinations to ask about each.
func readings(c policy.Context) ([]policy.Context, bool) {
	all := []policy.Context{c}
	for key, values := range c {
		if !isTag(key) || len(values) == 1 {
			continue
		}
		if len(all)*len(values) > maxReadings {
			return []policy.Context{c}, false
		}
		var more []policy.Context
		for _, reading := range all {
			for i := range values {
				reading = maps.Clone(reading)
				reading[key] = values[i : i+1]
				more = append(more, reading)
			}
		}
		all = more
	}
	return all, true
}

// storedSpelling adds the contexts in which the request names tags as they are stored. Tags of users and roles are the same
// in any case, and values of aws:TagKeys are not: a tag must not be changed or taken away by another spelling of its key.
func storedSpelling(contexts []policy.Context, t target) []policy.Context {
	given := contexts[0][aws.KeyTagKeys]
	if !t.entity || len(given) == 0 {
		return contexts
	}
	stored := slices.Clone(given)
	for i, key := range stored {
		for _, tag := range t.tags {
			if aws.SameTagKey(key, tag.TagKey) {
				stored[i] = tag.TagKey
			}
		}
	}
	if slices.Equal(stored, given) {
		return contexts
	}
	for _, c := range contexts {
		c = maps.Clone(c)
		c[aws.KeyTagKeys] = stored
		contexts = append(contexts, c)
	}
	return contexts
}

func isTag(key string) bool {
	return strings.HasPrefix(key, aws.KeyRequestTag) || strings.HasPrefix(key, aws.KeyResourceTag)
}

// fillCaller fills the keys that tell of the caller (spec section 4). Nobody, who sent a request without a signature, has none.
// A delegated session has those of whom it acts for: what is denied to that one must be denied to it.
func fillCaller(c policy.Context, call aws.Call) {
	caller := call.Caller.Approver()
	switch caller.Type {
	case 0:
		return
	case aws.AssumedRootPrincipal:
		c["aws:assumedroot"] = []string{"true"}
		fallthrough
	case aws.RootPrincipal:
		c["aws:principaltype"] = []string{"Account"}
	case aws.UserPrincipal:
		c["aws:principaltype"] = []string{"User"}
		c["aws:username"] = []string{caller.Name}
	case aws.RolePrincipal:
		c["aws:principaltype"] = []string{"AssumedRole"}
	case aws.FederatedPrincipal:
		c["aws:principaltype"] = []string{"FederatedUser"}
	case aws.DelegatedPrincipal: // it acts for one of the others
	}
	c["aws:principalarn"] = []string{caller.ARN()}
	if caller.Type == aws.RolePrincipal {
		c["aws:principalarn"] = []string{caller.RoleARN()}
	}
	c["aws:principalaccount"] = []string{caller.AccountID}
	c["aws:userid"] = []string{caller.UserID()}
	if call.Caller.Session != nil {
		fillSession(c, call.Now, call.Caller.Session)
	}
}

// fillSession fills the keys that only sessions have. A long-term key has none of them: they are absent, not false.
func fillSession(c policy.Context, now time.Time, s *aws.Session) {
	c["aws:tokenissuetime"] = []string{s.IssuedAt.UTC().Format(time.RFC3339)}
	c["aws:multifactorauthpresent"] = []string{"false"}
	if s.MFAAuthenticated() {
		fillMFA(c, now, s.MFAAuthenticatedAt)
	}
	if s.SourceIdentity != "" {
		c["aws:sourceidentity"] = []string{s.SourceIdentity}
	}
	if s.FederatedProvider != "" {
		c["aws:federatedprovider"] = []string{s.FederatedProvider}
	}
	for _, key := range s.Context {
		c[key.Key] = append(c[key.Key], key.Value)
	}
}

func fillMFA(c policy.Context, now, authenticatedAt time.Time) {
	age := now.Sub(authenticatedAt) / time.Second
	c["aws:multifactorauthpresent"] = []string{"true"}
	c["aws:multifactorauthage"] = []string{strconv.FormatInt(int64(max(age, 0)), 10)}
}
