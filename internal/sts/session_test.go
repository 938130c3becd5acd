package sts_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

const roleARN = "arn:aws:iam::123456789012:role/r"

type world struct {
	*testenv.Env
	t     *testing.T
	alice testenv.Key
}

// newWorld has a user alice, who may do all of STS, and a role r, which trusts everybody and whose sessions may live so long.
func newWorld(t *testing.T, longest string, options ...testenv.Option) *world {
	t.Helper()
	w := &world{Env: testenv.New(t, options...), t: t}
	_, w.alice = w.AddUser("alice")
	for _, call := range [][]string{
		{"PutUserPolicy", "UserName", "alice", "PolicyName", "p", "PolicyDocument", `{"Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`},
		{
			"CreateRole", "RoleName", "r", "MaxSessionDuration", longest,
			"AssumeRolePolicyDocument", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:*"}}`,
		},
	} {
		if status, body := w.Call(testenv.Root, "iam", call[0], call[1:]...); status != http.StatusOK {
			t.Fatal(body)
		}
	}
	return w
}

// reply is what came of a call.
type reply struct {
	status int
	body   string
}

func (r reply) text(name string) string {
	_, rest, _ := strings.Cut(r.body, "<"+name+">")
	text, _, _ := strings.Cut(rest, "<")
	return text
}

func (r reply) number(t *testing.T, name string) int {
	t.Helper()
	n, err := strconv.Atoi(r.text(name))
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, r.body)
	}
	return n
}

func (r reply) key() testenv.Key {
	return testenv.Key{AccessKeyID: r.text("AccessKeyId"), SecretAccessKey: r.text("SecretAccessKey"), SessionToken: r.text("SessionToken")}
}

// refusal is the code and the text of an error, "" for success.
func (r reply) refusal() string {
	if r.status == http.StatusOK {
		return ""
	}
	return r.text("Code") + ": " + r.text("Message")
}

// issue performs an action that issues credentials, with the parameters it can't do without.
func (w *world) issue(key testenv.Key, action string, parameters ...string) reply {
	w.t.Helper()
	needed := map[string][]string{"AssumeRole": {"RoleArn", roleARN, "RoleSessionName", "me"}, "GetFederationToken": {"Name", "fed"}}[action]
	status, body := w.Call(key, "sts", action, append(needed, parameters...)...)
	return reply{status, body}
}

// TestDurations holds spec sections 3.2, 5.4 and 5.9, in the order of their checks.
func TestDurations(t *testing.T) {
	t.Parallel()
	const (
		model   = "ValidationError: 1 validation error detected: Value &apos;%s&apos; at &apos;durationSeconds&apos; failed to satisfy constraint: Member must have value %s"
		ofRole  = "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
		chained = "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
	)
	low := func(value string) string { return fmt.Sprintf(model, value, "greater than or equal to 900") }
	high := func(value, limit string) string { return fmt.Sprintf(model, value, "less than or equal to "+limit) }
	for longest, tests := range map[string][]struct{ who, action, asked, want string }{
		"3600": {
			{"alice", "AssumeRole", "", "3600"},
			{"alice", "AssumeRole", "3600", "3600"},
			{"alice", "AssumeRole", "3601", ofRole},
			{"alice", "AssumeRole", "43201", high("43201", "43200")},
			{"session", "AssumeRole", "3601", ofRole},
		},
		"43200": {
			{"alice", "AssumeRole", "", "3600"},
			{"alice", "AssumeRole", "900", "900"},
			{"alice", "AssumeRole", "899", low("899")},
			{"alice", "AssumeRole", "0", low("0")},
			{"alice", "AssumeRole", "-900", low("-900")},
			{"alice", "AssumeRole", "+0900", "900"},
			{"alice", "AssumeRole", "43200", "43200"},
			{"alice", "AssumeRole", "43201", high("43201", "43200")},
			{"alice", "AssumeRole", "2147483647", high("2147483647", "43200")},
			{"alice", "AssumeRole", "2147483648", "MalformedInput: "},
			{"alice", "AssumeRole", "9e2", "MalformedInput: "},
			{"alice", "AssumeRole", " 900", "MalformedInput: "},
			{"session", "AssumeRole", "", "3600"},
			{"session", "AssumeRole", "3600", "3600"},
			{"session", "AssumeRole", "3601", chained},
			{"session", "AssumeRole", "43201", high("43201", "43200")},
			{"role", "AssumeRole", "3600", "3600"},
			{"role", "AssumeRole", "3601", chained},
			{"alice", "GetFederationToken", "", "43200"},
			{"alice", "GetFederationToken", "899", low("899")},
			{"alice", "GetFederationToken", "129600", "129600"},
			{"alice", "GetFederationToken", "129601", high("129601", "129600")},
			{"root", "GetFederationToken", "", "3600"},
			{"root", "GetFederationToken", "900", "900"},
			{"root", "GetFederationToken", "3601", "3600"},
			{"root", "GetFederationToken", "129600", "3600"},
			{"root", "GetFederationToken", "129601", high("129601", "129600")},
			{"root", "GetSessionToken", "3601", "3600"},
			{"alice", "GetSessionToken", "", "43200"},
		},
	} {
		w := newWorld(t, longest)
		keys := map[string]testenv.Key{
			"alice": w.alice, "root": testenv.Root,
			"session": w.issue(w.alice, "GetSessionToken").key(), "role": w.issue(w.alice, "AssumeRole").key(),
		}
		for _, tt := range tests {
			var given []string
			if tt.asked != "" {
				given = []string{"DurationSeconds", tt.asked}
			}
			r := w.issue(keys[tt.who], tt.action, given...)
			got := r.refusal()
			if r.status == http.StatusOK {
				expiration, err := time.Parse(time.RFC3339, r.text("Expiration"))
				if err != nil {
					t.Fatal(err)
				}
				got = strconv.Itoa(int(expiration.Sub(w.Now) / time.Second))
			}
			if strings.ReplaceAll(strings.ReplaceAll(got, "&#39;", "&apos;"), "'", "&apos;") != tt.want {
				t.Errorf("%s by %s for %q seconds, of a role with %s:\ngot  %s\nwant %s", tt.action, tt.who, tt.asked, longest, got, tt.want)
			}
		}
	}
}

// TestSessionsEnd shows that a session is good until its Expiration, and not then.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "3600")
	role, federated := w.issue(w.alice, "AssumeRole", "DurationSeconds", "900").key(), w.issue(w.alice, "GetFederationToken", "DurationSeconds", "900").key()
	for age, want := range map[time.Duration]string{
		899 * time.Second: "", 900 * time.Second: "ExpiredToken: The security token included in the request is expired",
	} {
		w.Now = testenv.Start.Add(age)
		for _, key := range []testenv.Key{role, federated} {
			status, body := w.Call(key, "sts", "GetCallerIdentity")
			if got := (reply{status, body}).refusal(); got != want {
				t.Errorf("after %s: got %q, want %q", age, got, want)
			}
		}
	}
}

// noise is text that can't be compressed much.
func noise(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	r := rand.New(rand.NewPCG(1, 2)) // the same in every run
	var b strings.Builder
	for range n {
		b.WriteByte(letters[r.IntN(len(letters))])
	}
	return b.String()
}

func policyOf(text string) []string {
	return []string{"Policy", `{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + text + `"}}`}
}

func tagsOf(n int, text string) (given []string) {
	for i := range n {
		at := fmt.Sprintf("Tags.member.%d.", i+1)
		given = append(given, at+"Key", fmt.Sprintf("k%d", i), at+"Value", text[256*i:256*(i+1)])
	}
	return given
}

// TestSizes holds spec section 12: what a token's size is told to be, that what fits is issued and works, and that what does
// not is refused with its size.
func TestSizes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "3600")
	random := noise(20_000)
	for name, of := range map[string]func(n int) []string{
		"policy": func(n int) []string { return policyOf(random[:n]) },
		"tags":   func(n int) []string { return append(tagsOf(n/256, random), "SourceIdentity", random[:2+n%256/5]) },
		"both":   func(n int) []string { return append(tagsOf(n/512, random), policyOf(random[10_000:10_000+n/2])...) },
	} {
		fits := func(n int) bool { return w.issue(w.alice, "AssumeRole", of(n)...).status == http.StatusOK }
		limit := sort.Search(10_000, func(n int) bool { return !fits(n) })
		if limit < 2_000 || limit > 6_000 {
			t.Errorf("%s: %d bytes do not fit", name, limit)
		}
		r := w.issue(w.alice, "AssumeRole", of(limit-1)...)
		size, utilization, packed := r.number(t, "SessionTokenSize"), r.number(t, "SessionTokenUtilization"), r.number(t, "PackedPolicySize")
		if token := r.text("SessionToken"); size != len(token) || size > 4096 || utilization != (size*100+4095)/4096 || utilization < 90 ||
			packed < utilization*9/10 || packed > utilization {
			t.Errorf("%s: the largest: %s", name, r.body)
		}
		if status, body := w.Call(r.key(), "sts", "GetCallerIdentity"); status != http.StatusOK {
			t.Errorf("%s: the largest does not work: %s", name, body)
		}
		for _, n := range []int{limit, limit + 1_000, 10_000} {
			var percent int
			refusal := w.issue(w.alice, "AssumeRole", of(n)...).refusal()
			if _, err := fmt.Sscanf(refusal, "PackedPolicyTooLarge: Packed policy consumes %d%% of allotted space, please use smaller policy.", &percent); err != nil ||
				percent <= 100 || percent > n/20 {
				t.Errorf("%s: %d bytes: %s (%v)", name, n, refusal, err)
			}
		}
	}
	// What packs well fits, but not without end.
	if r := w.issue(w.alice, "AssumeRole", policyOf(strings.Repeat("a", 60_000))...); r.status != http.StatusOK {
		t.Errorf("60,000 letters that are one: %s", r.body)
	}
	if r := w.issue(w.alice, "AssumeRole", policyOf(strings.Repeat("a", 100_000))...); !strings.HasPrefix(r.refusal(), "PackedPolicyTooLarge: ") {
		t.Errorf("100,000 letters that are one: %s", r.body)
	}
}

// TestPackedPolicySize holds spec sections 1.2 and 5.2: it is left out where there is nothing to tell, and tells of policies and
// tags alone.
func TestPackedPolicySize(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "3600")
	for name, tt := range map[string]struct {
		action string
		given  []string
		want   string // of PackedPolicySize
	}{
		"a role's":                           {"AssumeRole", nil, ""},
		"a role's, with a source identity":   {"AssumeRole", []string{"SourceIdentity", "al"}, ""},
		"a federated user's":                 {"GetFederationToken", nil, "0"},
		"a federated user's, with a policy":  {"GetFederationToken", policyOf("x"), "4"},
		"a federated user's, with a tag":     {"GetFederationToken", []string{"Tags.member.1.Key", "a", "Tags.member.1.Value", ""}, "1"},
		"a role's, with a policy":            {"AssumeRole", policyOf("x"), "4"},
		"a role's, with a policy of AWS's":   {"AssumeRole", []string{"PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/AdministratorAccess"}, "2"},
		"a role's, with a tag and padding":   {"AssumeRole", []string{"Tags.member.1.Key", "a", "Tags.member.1.Value", "", "MinimumSessionTokenSize", "4096"}, "1"},
		"a role's, with a tag without value": {"AssumeRole", []string{"Tags.member.1.Key", "a", "Tags.member.1.Value", ""}, "1"},
	} {
		r := w.issue(w.alice, tt.action, tt.given...)
		if got := r.text("PackedPolicySize"); r.status != http.StatusOK || got != tt.want {
			t.Errorf("%s: got %q, want %q: %s", name, got, tt.want, r.body)
		}
	}
}

// TestMinimumSessionTokenSize holds spec section 12 for all that issue sessions.
func TestMinimumSessionTokenSize(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "3600")
	for _, action := range []string{"AssumeRole", "GetFederationToken", "GetSessionToken"} {
		plain := w.issue(w.alice, action).number(t, "SessionTokenSize")
		for minimum, want := range map[string]int{"0": plain, "1": plain, "2000": 2000, "4095": 4096, "4096": 4096} {
			r := w.issue(w.alice, action, "MinimumSessionTokenSize", minimum)
			if got := r.number(t, "SessionTokenSize"); got != want || len(r.text("SessionToken")) != want {
				t.Errorf("%s of %s: %d bytes, not %d", action, minimum, got, want)
			}
			if status, body := w.Call(r.key(), "sts", "GetCallerIdentity"); status != http.StatusOK {
				t.Errorf("%s of %s: %s", action, minimum, body)
			}
		}
		for _, minimum := range []string{"-1", "4097", "2147483647"} {
			if got := w.issue(w.alice, action, "MinimumSessionTokenSize", minimum).refusal(); !strings.HasPrefix(got, "ValidationError: ") ||
				!strings.Contains(got, "minimumSessionTokenSize") {
				t.Errorf("%s of %s: %s", action, minimum, got)
			}
		}
	}
	// A small session and one of a size that nothing adds to look alike.
	r := w.issue(w.alice, "AssumeRole", append(policyOf(noise(500)), "MinimumSessionTokenSize", "2000")...)
	if got := r.number(t, "SessionTokenSize"); got != 2000 {
		t.Errorf("with a policy: %d bytes", got)
	}
}

// TestTags holds spec section 5.5: which tags a session may be asked for with.
func TestTags(t *testing.T) {
	t.Parallel()
	const (
		duplicate  = "InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive."
		transitive = "InvalidParameterValue: The specified transitive tag key must be included in the requested tags."
		reserved   = "InvalidParameterValue: Tag keys and values that start with aws: are reserved for system use."
	)
	w := newWorld(t, "3600")
	many := func(n int) (given []string) {
		for i := range n {
			at := fmt.Sprintf("Tags.member.%d.", i+1)
			given = append(given, at+"Key", fmt.Sprint("k", i), at+"Value", "v")
		}
		return given
	}
	tag := func(given ...string) (all []string) {
		for i := 0; i < len(given); i += 2 {
			at := fmt.Sprintf("Tags.member.%d.", i/2+1)
			all = append(all, at+"Key", given[i], at+"Value", given[i+1])
		}
		return all
	}
	for name, tt := range map[string]struct {
		given []string
		want  string // a prefix; "" for success
		both  bool   // GetFederationToken says the same
	}{
		"fifty":                           {many(50), "", true},
		"fifty-one":                       {many(51), "ValidationError: 1 validation error detected: ", true},
		"an empty value":                  {tag("a", ""), "", true},
		"no value":                        {[]string{"Tags.member.1.Key", "a"}, "ValidationError: 1 validation error detected: Value null at ", true},
		"no key":                          {[]string{"Tags.member.1.Value", "a"}, "ValidationError: 1 validation error detected: Value null at ", true},
		"an empty key":                    {tag("", "a"), "ValidationError: ", true},
		"a key of 128 characters":         {tag(strings.Repeat("\u00e9", 128), "a"), "", true},
		"a key of 129 characters":         {tag(strings.Repeat("\u00e9", 129), "a"), "ValidationError: ", true},
		"a value of 256 characters":       {tag("a", strings.Repeat("\u00e9", 256)), "", true},
		"a value of 257 characters":       {tag("a", strings.Repeat("\u00e9", 257)), "ValidationError: ", true},
		"the same key twice":              {tag("a", "b", "a", "b"), duplicate, true},
		"the same key in another case":    {tag("Ab", "b", "aB", "c"), duplicate, true},
		"keys that only look alike":       {tag("a", "b", "\u0430", "c"), "", true},
		"a reserved key":                  {tag("aws:a", "b"), reserved, true},
		"a reserved value":                {tag("a", "AWS:b"), reserved, true},
		"nearly reserved":                 {tag("aws", "aws", "awsx:", "xaws:"), "", true},
		"a transitive key":                {append(tag("a", "b"), "TransitiveTagKeys.member.1", "A"), "", false},
		"a transitive key twice":          {append(tag("a", "b"), "TransitiveTagKeys.member.1", "A", "TransitiveTagKeys.member.2", "a"), "", false},
		"a transitive key that is no tag": {append(tag("a", "b"), "TransitiveTagKeys.member.1", "b"), transitive, false},
		"a transitive key and no tags":    {[]string{"TransitiveTagKeys.member.1", "a"}, transitive, false},
	} {
		for _, action := range []string{"AssumeRole", "GetFederationToken"} {
			if action == "GetFederationToken" && !tt.both {
				continue
			}
			if got := w.issue(w.alice, action, tt.given...).refusal(); !strings.HasPrefix(got, tt.want) || (tt.want == "") != (got == "") {
				t.Errorf("%s with %s: %s, want %s", action, name, got, tt.want)
			}
		}
	}
}

// TestRootAssumedByRole shows that a role's session may assume root, though its key is none that can be active, and that what
// a long-term key asked for still ends with that.
func TestRootAssumedByRole(t *testing.T) {
	t.Parallel()
	const member, task = "210987654321", "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
	w := newWorld(t, "3600")
	if _, err := server.CreateAccount(t.Context(), w.Store, member, "member", w.Now); err != nil {
		t.Fatal(err)
	}
	must := func(action string, parameters ...string) {
		t.Helper()
		if status, body := w.Call(testenv.Root, "iam", action, parameters...); status != http.StatusOK {
			t.Fatalf("%s: %s", action, body)
		}
	}
	must("EnableOrganizationsRootCredentialsManagement")
	must("PutRolePolicy", "RoleName", "r", "PolicyName", "p", "PolicyDocument", `{"Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)
	w.Now = w.Now.Add(time.Second)
	assumed := func(by testenv.Key) testenv.Key {
		t.Helper()
		r := w.issue(by, "AssumeRoot", "TargetPrincipal", member, "TaskPolicyArn.arn", task)
		if r.status != http.StatusOK {
			t.Fatal(r.body)
		}
		return r.key()
	}
	byUser, byRole := assumed(w.alice), assumed(w.issue(w.alice, "AssumeRole").key())
	works := func(key testenv.Key) bool {
		status, body := w.Call(key, "sts", "GetCallerIdentity")
		return status == http.StatusOK && strings.Contains(body, "<Arn>arn:aws:iam::"+member+":root</Arn>")
	}
	if !works(byUser) || !works(byRole) {
		t.Errorf("asked for by a user: %v, by a role: %v", works(byUser), works(byRole))
	}
	must("UpdateAccessKey", "UserName", "alice", "AccessKeyId", w.alice.AccessKeyID, "Status", "Inactive")
	if works(byUser) || !works(byRole) {
		t.Errorf("without the key, asked for by a user: %v, by a role: %v", works(byUser), works(byRole))
	}
}
