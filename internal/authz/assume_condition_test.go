package authz_test

import (
	"testing"
	"time"

	"github.com/daypass/daypass/internal/testenv"
)

// TestTrustConditions holds which condition keys a trust policy sees, and with which values (spec section 4).
func TestTrustConditions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("r", trusting("*"))
	w.role("hop", trusting("*"))
	w.root("TagUser", "UserName", "alice", tag1, "Team", value1, "blue")
	w.root("TagRole", "RoleName", "r", tag1, "Owner", value1, "blue", tag2, "Stage", value2, "prod")
	w.root("TagRole", "RoleName", "hop", tag1, "team", value1, "green")
	const anyValue = "ForAnyValue:StringEquals"
	hop := w.assume(w.alice, iamARN+"role/hop", "SourceIdentity", "origin", tag1, "OWNER", value1, "red", tag2, "stage", value2, "test",
		"TransitiveTagKeys.member.1", "owner")
	tagged := w.assume(w.alice, iamARN+"role/hop", tag1, "TEAM", value1, "red")
	session := w.session(w.alice, "GetSessionToken")
	tags := []string{tag1, "Team", value1, "red", tag2, "Cost", value2, "1"}
	for _, tt := range []struct {
		name      string
		condition string
		caller    testenv.Key
		given     []string
		may       bool
	}{
		{"external id", is("sts:ExternalId", "Id-1"), w.alice, []string{"ExternalId", "Id-1"}, true},
		{"external id, absent", is("sts:ExternalId", "Id-1"), w.alice, nil, false},
		{"external id, another", is("sts:ExternalId", "Id-1"), w.alice, []string{"ExternalId", "Id-2"}, false},
		{"external id, in another case", is("sts:ExternalId", "Id-1"), w.alice, []string{"ExternalId", "ID-1"}, false},
		{"external id, key in another case", is("STS:externalID", "Id-1"), w.alice, []string{"ExternalId", "Id-1"}, true},
		{"external id, as another parameter", is("sts:ExternalId", "Id-1"), w.alice, []string{"sts:ExternalId", "Id-1", "SourceIdentity", "Id-1"}, false},
		{"no external id", `{"Null":{"sts:ExternalId":true}}`, w.alice, nil, true},
		{"no external id, and one is given", `{"Null":{"sts:ExternalId":true}}`, w.alice, []string{"ExternalId", "Id-1"}, false},
		{"not an external id, and there is none", `{"StringNotEquals":{"sts:ExternalId":"Id-1"}}`, w.alice, nil, true},
		{"session name", is("sts:RoleSessionName", "me"), w.alice, nil, true},
		{"session name, another", is("sts:RoleSessionName", "you"), w.alice, nil, false},
		{"session name is the user's", is("sts:RoleSessionName", "${aws:username}"), w.alice, []string{"RoleSessionName", "alice"}, true},
		{"session name is not the user's", is("sts:RoleSessionName", "${aws:username}"), w.alice, nil, false},
		{"session name is a user's, by a role", is("sts:RoleSessionName", "${aws:username}"), hop, nil, false},
		{"source identity", is("sts:SourceIdentity", "al"), w.alice, []string{"SourceIdentity", "al"}, true},
		{"source identity, absent", is("sts:SourceIdentity", "al"), w.alice, nil, false},
		{"source identity, to come", is("aws:SourceIdentity", "al"), w.alice, []string{"SourceIdentity", "al"}, false},
		{"source identity, inherited", is("aws:SourceIdentity", "origin"), hop, nil, true},
		{"request tag", is("aws:RequestTag/Team", "red"), w.alice, tags, true},
		{"request tag, in another case", is("aws:requesttag/TEAM", "red"), w.alice, tags, true},
		{"request tag, absent", is("aws:RequestTag/Team", "red"), w.alice, nil, false},
		{"request tag is the user's", is("aws:RequestTag/Team", "${aws:PrincipalTag/Team}"), w.alice, []string{tag1, "Team", value1, "blue"}, true},
		{"request tag is not the user's", is("aws:RequestTag/Team", "${aws:PrincipalTag/Team}"), w.alice, tags, false},
		{"request tag, empty", is("aws:RequestTag/Team", ""), w.alice, []string{tag1, "Team", value1, ""}, true},
		{"request tag, inherited", is("aws:RequestTag/owner", "red"), hop, nil, false},
		{"tag keys", `{"ForAllValues:StringEquals":{"aws:TagKeys":["Team","Cost"]}}`, w.alice, tags, true},
		{"tag keys, one too many", `{"ForAllValues:StringEquals":{"aws:TagKeys":["Team"]}}`, w.alice, tags, false},
		{"transitive keys", `{"` + anyValue + `":{"sts:TransitiveTagKeys":"Team"}}`, w.alice, append(tags, "TransitiveTagKeys.member.1", "Team"), true},
		{"transitive keys, absent", `{"` + anyValue + `":{"sts:TransitiveTagKeys":"Team"}}`, w.alice, tags, false},
		{"transitive keys, none", `{"Null":{"sts:TransitiveTagKeys":true}}`, w.alice, tags, true},
		{"user's tag", is("aws:PrincipalTag/team", "blue"), w.alice, nil, true},
		{"user's tag, not the request's", is("aws:PrincipalTag/team", "red"), w.alice, tags, false},
		{"user's tag, in a session", is("aws:PrincipalTag/team", "blue"), session, nil, true},
		{"tag of the caller's role", is("aws:PrincipalTag/team", "green"), hop, nil, true},
		{"tag of the caller's session", is("aws:PrincipalTag/Team", "red"), tagged, nil, true},
		{"tag of the caller's role, overridden", is("aws:PrincipalTag/team", "green"), tagged, nil, false},
		{"tag of the role", is("aws:ResourceTag/owner", "blue"), w.alice, nil, true},
		{"tag of the role, under IAM's name", is("iam:ResourceTag/owner", "blue"), w.alice, nil, true},
		{"tag of the role, inherited", is("aws:ResourceTag/owner", "red"), hop, nil, true},
		{"tag of the role, no longer", is("aws:ResourceTag/Owner", "blue"), hop, nil, false},
		{"tag of the role, not handed on", is("aws:ResourceTag/stage", "prod"), hop, nil, true},
		{"tag of the role, not the request's", is("aws:ResourceTag/owner", "red"), w.alice, []string{tag1, "Owner", value1, "red"}, false},
		{"account of the role", is("aws:ResourceAccount", "123456789012"), w.alice, nil, true},
		{"ARN of the user", is("aws:PrincipalArn", aliceARN), session, nil, true},
		{"ARN of the caller's role", is("aws:PrincipalArn", iamARN+"role/hop"), hop, nil, true},
		{"ARN of the caller's session", is("aws:PrincipalArn", stsARN+"assumed-role/hop/me"), hop, nil, false},
		{"id of the user", is("aws:userid", aliceID), w.alice, nil, true},
		{"id of a session", `{"StringLike":{"aws:userid":"AROA*:me"}}`, hop, nil, true},
		{"type of the caller", is("aws:PrincipalType", "AssumedRole"), hop, nil, true},
		{"time of the token", `{"Null":{"aws:TokenIssueTime":false}}`, session, nil, true},
		{"time of no token", `{"Null":{"aws:TokenIssueTime":false}}`, w.alice, nil, false},
	} {
		w.trust(trustingIf("*", tt.condition))
		who := aliceARN
		if tt.caller == hop || tt.caller == tagged {
			who = stsARN + "assumed-role/hop/me"
		}
		want := "ok"
		if !tt.may {
			want = noRole(who, "AssumeRole", roleR)
		}
		w.check(tt.name, w.try(tt.caller, roleR, tt.given...), want)
	}
}

func is(key, value string) string { return `{"StringEquals":{"` + key + `":"` + value + `"}}` }

// TestTrustWithMFA holds what a trust policy knows of MFA: a code in the call, or the caller's session; of a long-term key
// without either nothing, not even that there was none (spec section 4).
func TestTrustWithMFA(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bobID, _ := w.AddUser("bob")
	w.AddMFADevice("phone", aliceID)
	w.AddMFADevice("bobs", bobID)
	w.role("r", trusting("*"))
	w.role("hop", trusting("*"))
	code := func(name string) []string {
		w.Now = w.Now.Add(30 * time.Second) // for a code that is not spent
		return []string{"SerialNumber", testenv.Serial(name), "TokenCode", w.Code(name, 0)}
	}
	plain := w.session(w.alice, "GetSessionToken")
	withMFA := w.session(w.alice, "GetSessionToken", code("phone")...)
	hop := w.assume(w.alice, iamARN+"role/hop", code("phone")...)
	began := w.Now
	type callers struct{ key, withCode, plain, withMFA, both, hop bool }
	for _, tt := range []struct {
		name, condition string
		want            callers
	}{
		{"Bool true", `{"Bool":{"aws:MultiFactorAuthPresent":true}}`, callers{withCode: true, withMFA: true, both: true}},
		{"Bool false", `{"Bool":{"aws:MultiFactorAuthPresent":false}}`, callers{plain: true, hop: true}},
		{"BoolIfExists true", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":true}}`, callers{key: true, withCode: true, withMFA: true, both: true}},
		{"BoolIfExists false", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":false}}`, callers{key: true, plain: true, hop: true}},
		{"Null", `{"Null":{"aws:MultiFactorAuthPresent":true}}`, callers{key: true}},
		{"age is known", `{"Null":{"aws:MultiFactorAuthAge":false}}`, callers{withCode: true, withMFA: true, both: true}},
		{"age is low", `{"NumericLessThan":{"aws:MultiFactorAuthAge":60}}`, callers{withCode: true, both: true}},
	} {
		w.trust(trustingIf("*", tt.condition))
		if w.Now.Sub(began) < time.Minute {
			w.Now = began.Add(time.Minute)
		}
		var got callers
		for who, call := range map[*bool]func() string{
			&got.key:      func() string { return w.try(w.alice, roleR) },
			&got.withCode: func() string { return w.try(w.alice, roleR, code("phone")...) },
			&got.plain:    func() string { return w.try(plain, roleR) },
			&got.withMFA:  func() string { return w.try(withMFA, roleR) },
			&got.both:     func() string { return w.try(withMFA, roleR, code("phone")...) },
			&got.hop:      func() string { return w.try(hop, roleR) },
		} {
			*who = call() == "ok"
		}
		if got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}

	const (
		wrong   = "AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. "
		foreign = "AccessDenied: MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
		half    = "AccessDenied: MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
	)
	w.trust(trustingIf("*", `{"Bool":{"aws:MultiFactorAuthPresent":true}}`))
	once := code("phone")
	w.check("once", w.try(w.alice, roleR, once...), "ok")
	w.check("twice", w.try(w.alice, roleR, once...), wrong)
	w.check("for another action", w.do(w.alice, "sts", "GetSessionToken", once...), wrong)
	spent := code("phone")
	w.check("for a role that refuses", w.try(w.alice, iamARN+"role/none", spent...), noRole(aliceARN, "AssumeRole", iamARN+"role/none"))
	w.check("and then for another", w.try(w.alice, roleR, spent...), wrong)
	w.check("somebody else's", w.try(w.alice, roleR, code("bobs")...), foreign)
	w.check("a user's, by a role", w.try(hop, roleR, code("phone")...), foreign)
	w.check("serial number only", w.try(w.alice, roleR, code("phone")[:2]...), half)
	w.check("code only", w.try(w.alice, roleR, code("phone")[2:]...), half)
}

// TestTagsAndSourceIdentityNeedPermission holds spec section 5.3: setting them, or handing them on, is a permission of its
// own, in the trust policy and across accounts in the caller's, too.
func TestTagsAndSourceIdentityNeedPermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("hop", trusting(aliceARN))
	w.role("r", trusting("*"))
	hop := iamARN + "role/hop"
	const meARN = stsARN + "assumed-role/hop/me"
	plain := w.assume(w.alice, hop)
	tagged := w.assume(w.alice, hop, tag1, "a", value1, "b")
	transitive := w.assume(w.alice, hop, tag1, "a", value1, "b", "TransitiveTagKeys.member.1", "A")
	sourced := w.assume(w.alice, hop, "SourceIdentity", "al")
	for _, tt := range []struct {
		name, actions string
		caller        testenv.Key
		given         []string
		want          string // the action that is refused
	}{
		{"nothing set", `"sts:AssumeRole"`, plain, nil, ""},
		{"nothing allowed", `"sts:TagSession","sts:SetSourceIdentity"`, sourced, nil, "AssumeRole"},
		{"tags set", `"sts:AssumeRole"`, plain, []string{tag1, "c", value1, "d"}, "TagSession"},
		{"tags set, and allowed", `"sts:AssumeRole","sts:TagSession"`, plain, []string{tag1, "c", value1, "d"}, ""},
		{"tags not handed on", `"sts:AssumeRole"`, tagged, nil, ""},
		{"tags handed on", `"sts:AssumeRole"`, transitive, nil, "TagSession"},
		{"tags handed on, and allowed", `"sts:AssumeRole","sts:TagSession"`, transitive, nil, ""},
		{"source identity set", `"sts:AssumeRole"`, plain, []string{"SourceIdentity", "al"}, "SetSourceIdentity"},
		{"source identity set, and allowed", `"sts:AssumeRole","sts:SetSourceIdentity"`, plain, []string{"SourceIdentity", "al"}, ""},
		{"source identity handed on", `"sts:AssumeRole"`, sourced, nil, "SetSourceIdentity"},
		{"source identity handed on, and allowed", `"sts:AssumeRole","sts:SetSourceIdentity"`, sourced, nil, ""},
		{"source identity repeated", `"sts:AssumeRole","sts:SetSourceIdentity"`, sourced, []string{"SourceIdentity", "al"}, ""},
		{"source identity changed", `"sts:*"`, sourced, []string{"SourceIdentity", "eve"}, "SetSourceIdentity"},
		{"source identity changed in case", `"sts:*"`, sourced, []string{"SourceIdentity", "AL"}, "SetSourceIdentity"},
	} {
		w.trust(`{"Effect":"Allow","Principal":{"AWS":"` + hop + `"},"Action":[` + tt.actions + `]}`)
		w.let("hop", `{"Effect":"Allow","Action":"sts:*","Resource":"*"}`)
		want := "ok"
		if tt.want != "" {
			want = noRole(meARN, tt.want, roleR)
		}
		w.check(tt.name, w.try(tt.caller, roleR, tt.given...), want)
	}
	// An empty source identity is none: it is no way to be rid of one.
	w.trust(trusting(hop))
	w.check("emptied", w.try(sourced, roleR, "SourceIdentity", ""),
		"ValidationError: 1 validation error detected: Value '' at 'sourceIdentity' failed to satisfy constraint: Member must have length greater than or equal to 2")
	again := w.assume(sourced, roleR)
	w.trust(trusting(roleR))
	w.check("further on", w.try(again, roleR, "SourceIdentity", "eve"), noRole(stsARN+"assumed-role/r/me", "SetSourceIdentity", roleR))
}
