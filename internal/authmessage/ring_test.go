package authmessage_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"

	"github.com/daypass/daypass/internal/authmessage"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/deflate"
	"github.com/daypass/daypass/internal/sessiontoken"
	"github.com/daypass/daypass/policy"
)

const account, other = "123456789012", "210987654321"

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newHandle(t testing.TB) *keyset.Handle {
	t.Helper()
	handle, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	return handle
}

func ringOf(t testing.TB, handle *keyset.Handle) *authmessage.Ring {
	t.Helper()
	ring, err := authmessage.NewRing(handle)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func message(t testing.TB) authmessage.Message {
	t.Helper()
	p, err := policy.Parse(policy.InlinePolicy, `{"Statement":[
		{"Sid":"NoProd","Effect":"Deny","Action":["ec2:Run*","ec2:Stop*"],"Resource":"*","Condition":{"StringLike":{"aws:ResourceTag/Env":["prod","<live>"]}}},
		{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::secret"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	statements := p.Statements()
	return authmessage.Message{
		AccountID: account, ExplicitDeny: true, Statements: []*policy.Statement{&statements[0], &statements[1]},
		PrincipalID: "AIDAALICEALICEALICEA", Name: "alice", ARN: "arn:aws:iam::123456789012:user/alice",
		Action: "ec2:RunInstances", Resource: "arn:aws:ec2:us-east-1:123456789012:instance/*",
		Context: policy.Context{
			"aws:resourcetag/env": {"prod"}, "aws:tagkeys": {"a", "b"},
			"aws:referer": {"https://x.example/?X-Amz-Signature=secret"}, "sts:externalid": {"secret"},
		},
	}
}

func seal(t testing.TB, ring *authmessage.Ring, m authmessage.Message) string {
	t.Helper()
	sealed, err := ring.Seal(m, now)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func open(t testing.TB, ring *authmessage.Ring, sealed string) string {
	t.Helper()
	text, err := ring.Open(sealed, account, now)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func wantNotGenuine(t testing.TB, ring *authmessage.Ring, what, sealed string) {
	t.Helper()
	if text, err := ring.Open(sealed, account, now); text != "" || !errors.Is(err, authmessage.ErrNotGenuine) {
		t.Errorf("%s: Open = %q, %v", what, text, err)
	}
}

// decodedMessage is what AWS's form makes of message, with our words for what it has none for.
const decodedMessage = `{"allowed":false,"explicitDeny":true,"matchedStatements":{"items":[` +
	`{"statementId":"NoProd","effect":"DENY","principals":{"items":[{"value":"AIDAALICEALICEALICEA"}]},"principalGroups":{"items":[]},` +
	`"actions":{"items":[{"value":"ec2:Run*"},{"value":"ec2:Stop*"}]},"resources":{"items":[{"value":"*"}]},` +
	`"conditions":{"items":[{"key":"aws:ResourceTag/Env","values":{"items":[{"value":"prod"},{"value":"<live>"}]}}]}},` +
	`{"statementId":"","effect":"ALLOW","principals":{"items":[{"value":"AIDAALICEALICEALICEA"}]},"principalGroups":{"items":[]},` +
	`"actions":{"items":[]},"notActions":{"items":[{"value":"iam:*"}]},"resources":{"items":[]},"notResources":{"items":[{"value":"arn:aws:s3:::secret"}]},` +
	`"conditions":{"items":[]}}]},"failures":{"items":[]},"context":{` +
	`"principal":{"id":"AIDAALICEALICEALICEA","name":"alice","arn":"arn:aws:iam::123456789012:user/alice"},` +
	`"action":"ec2:RunInstances","resource":"arn:aws:ec2:us-east-1:123456789012:instance/*","conditions":{"items":[` +
	`{"key":"aws:resourcetag/env","values":{"items":[{"value":"prod"}]}},{"key":"aws:tagkeys","values":{"items":[{"value":"a"},{"value":"b"}]}}]}}}`

func TestDecodedMessage(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	if diff := cmp.Diff(decodedMessage, open(t, ring, seal(t, ring, message(t)))); diff != "" {
		t.Error(diff)
	}
	const least = `{"allowed":false,"explicitDeny":false,"matchedStatements":{"items":[]},"failures":{"items":[]},` +
		`"context":{"principal":{"id":"","arn":""},"action":"","resource":"","conditions":{"items":[]}}}`
	if diff := cmp.Diff(least, open(t, ring, seal(t, ring, authmessage.Message{AccountID: account}))); diff != "" {
		t.Error(diff)
	}
}

func TestExpiryAndAccount(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	sealed := seal(t, ring, message(t))
	if _, err := ring.Open(sealed, account, now.Add(authmessage.Lifetime-time.Second)); err != nil {
		t.Error("in its last second:", err)
	}
	if text, err := ring.Open(sealed, account, now.Add(authmessage.Lifetime)); text != "" || !errors.Is(err, authmessage.ErrExpired) {
		t.Errorf("after its life: %q, %v", text, err)
	}
	for _, id := range []string{other, "", account + "0", account[1:]} {
		if text, err := ring.Open(sealed, id, now.Add(authmessage.Lifetime)); text != "" || !errors.Is(err, authmessage.ErrNotGenuine) {
			t.Errorf("as account %q: %q, %v", id, text, err)
		}
		m := message(t)
		if m.AccountID = id; id == other {
			wantNotGenuine(t, ring, "another account's", seal(t, ring, m))
		} else if sealed, err := ring.Seal(m, now); err == nil {
			t.Errorf("account %q has a message: %s", id, sealed)
		}
	}
}

func TestForged(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	sealed := seal(t, ring, message(t))
	for i := range sealed {
		changed := []byte(sealed)
		changed[i] = 'A'
		if sealed[i] == 'A' {
			changed[i] = 'B'
		}
		wantNotGenuine(t, ring, fmt.Sprintf("character %d changed", i), string(changed))
		wantNotGenuine(t, ring, fmt.Sprintf("the first %d characters", i), sealed[:i])
	}
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		raw[i] ^= 0x80
		wantNotGenuine(t, ring, fmt.Sprintf("byte %d changed", i), base64.RawURLEncoding.EncodeToString(raw))
		raw[i] ^= 0x80
	}
	wantNotGenuine(t, ringOf(t, newHandle(t)), "another ring's", sealed)
	for name, text := range map[string]string{
		"empty": "", "words": "no message at all", "padding": sealed + "=", "line break": sealed + "\n", "inside": sealed[:9] + "\r\n" + sealed[9:],
		"standard alphabet": strings.NewReplacer("-", "+", "_", "/").Replace(sealed + "-"), "more": sealed + "AAAA", "twice": sealed + sealed,
		"too long": strings.Repeat("A", authmessage.MaxSize+1), "very long": strings.Repeat("A", 1<<20),
	} {
		wantNotGenuine(t, ring, name, text)
	}
	open(t, ring, sealed)
}

// TestOtherPurposes shows that what one ring of this server seals is nothing to another, even if they had the same keys.
func TestOtherPurposes(t *testing.T) {
	t.Parallel()
	handle := newHandle(t)
	ring := ringOf(t, handle)
	tokens, err := sessiontoken.NewRing(handle)
	if err != nil {
		t.Fatal(err)
	}
	token, err := tokens.Seal(sessiontoken.Claims{
		AccessKeyID: "ASIARZPUZDIKA2222222", SecretAccessKey: strings.Repeat("A", 40), PrincipalType: aws.UserPrincipal, AccountID: account,
		PrincipalID: "AIDAALICEALICEALICEA", Session: aws.Session{IssuingKeyID: "AKIAALICEALICEALICEA", IssuedAt: now, ExpiresAt: now.Add(time.Hour)},
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Open(token); err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	const keyID = 10
	wantNotGenuine(t, ring, "a session token", token)
	wantNotGenuine(t, ring, "a session token in our alphabet", base64.RawURLEncoding.EncodeToString(raw))
	wantNotGenuine(t, ring, "the seal of a session token", base64.RawURLEncoding.EncodeToString(append([]byte{1}, raw[1+keyID:]...)))

	sealed, err := base64.RawURLEncoding.DecodeString(seal(t, ring, message(t)))
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{
		"a message":             sealed,
		"the seal of a message": slices.Concat(raw[:1+keyID], sealed[1:]),
	} {
		if claims, err := tokens.Open(base64.StdEncoding.EncodeToString(raw)); !errors.Is(err, sessiontoken.ErrNotGenuine) {
			t.Errorf("%s as a session token: %+v, %v", name, claims, err)
		}
	}
}

// forge seals what it is given, by the words of the package's documentation and with the ring's own keys: what a newer or a
// broken daypass might do.
func forge(t testing.TB, handle *keyset.Handle, plain []byte) string {
	t.Helper()
	primitive, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := primitive.Encrypt(plain, []byte("daypass encoded authorization message\x01"+account))
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(append([]byte{1}, sealed...))
}

func plain(deflated []byte, size int) []byte {
	head := binary.BigEndian.AppendUint64(nil, uint64(now.Add(time.Hour).Unix()))
	return append(binary.BigEndian.AppendUint16(head, uint16(size)), deflated...)
}

func TestGenuineButMalformed(t *testing.T) {
	t.Parallel()
	handle := newHandle(t)
	ring := ringOf(t, handle)
	text := deflate.Compress([]byte(decodedMessage))
	if got := open(t, ring, forge(t, handle, plain(text, len(text)))); got != decodedMessage {
		t.Fatal(got)
	}
	bomb := deflate.Compress(make([]byte, 4<<20))
	for name, plain := range map[string][]byte{
		"empty":        nil,
		"half a head":  plain(nil, 0)[:9],
		"no text":      plain(nil, 0),
		"cut off":      plain(text[:len(text)-1], len(text)-1),
		"a false size": plain(text, len(text)+1),
		"a bomb":       plain(bomb, len(bomb)),
		"not deflated": plain([]byte(decodedMessage), len(decodedMessage)),
	} {
		wantNotGenuine(t, ring, name, forge(t, handle, plain))
	}
}

func TestNotAKeyRing(t *testing.T) {
	t.Parallel()
	handle, err := keyset.NewHandle(mac.HMACSHA256Tag128KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	if ring, err := authmessage.NewRing(handle); err == nil {
		t.Errorf("a ring of keys that seal nothing: %v", ring)
	}
}

// noise is text that can't be made smaller.
func noise(seed, size int) string {
	var b strings.Builder
	for x := uint32(seed); b.Len() < size; {
		x = x*1664525 + 1013904223
		b.WriteByte('0' + byte(x>>24)%75)
	}
	return b.String()
}

// TestOneLength shows that the length of a message tells nothing, and that whatever a caller puts into it, it is made.
func TestOneLength(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	whole := message(t)
	tests := map[string]func(*authmessage.Message){
		"all there is":      func(*authmessage.Message) {},
		"nothing":           func(m *authmessage.Message) { *m = authmessage.Message{AccountID: account} },
		"a long user agent": func(m *authmessage.Message) { m.Context["aws:useragent"] = []string{strings.Repeat("x", 1<<20)} },
		"many tags": func(m *authmessage.Message) {
			for i := range 500 {
				m.Context["aws:requesttag/"+noise(i, 128)] = []string{noise(i, 256)}
			}
		},
		"many values":     func(m *authmessage.Message) { m.Context["aws:tagkeys"] = strings.Split(noise(1, 1<<18), "z") },
		"a long key":      func(m *authmessage.Message) { m.Context[noise(2, 1<<20)] = []string{noise(3, 1<<20)} },
		"a long resource": func(m *authmessage.Message) { m.Resource = noise(4, 1<<20) },
		"no text at all":  func(m *authmessage.Message) { m.Resource = strings.Repeat("\xff\x00\x01", 1<<10) },
		"control characters": func(m *authmessage.Message) {
			m.Resource = strings.Map(func(r rune) rune { return r % 32 }, noise(5, 1<<10))
		},
		"many statements": func(m *authmessage.Message) { m.Statements = slices.Repeat(m.Statements, 1000) },
		"a large statement": func(m *authmessage.Message) {
			var resources []string
			for i := range 60 {
				resources = append(resources, `"arn:aws:s3:::`+strings.Map(word, noise(i, 80))+`"`)
			}
			p, err := policy.Parse(policy.InlinePolicy, `{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":[`+strings.Join(resources, ",")+`]}}`)
			if err != nil {
				t.Fatal(err)
			}
			m.Statements = []*policy.Statement{&p.Statements()[0]}
		},
		"all long": func(m *authmessage.Message) {
			m.Resource, m.Action, m.ARN, m.Name, m.PrincipalID = noise(6, 1<<12), noise(7, 128), noise(8, 640), noise(9, 64), noise(10, 90)
			m.Context["x"] = []string{noise(11, 1<<10)}
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := whole
			m.Context = policy.Context{"aws:sourceip": {"192.0.2.1"}}
			change(&m)
			sealed := seal(t, ring, m)
			if len(sealed) != 3072 {
				t.Errorf("%d characters", len(sealed))
			}
			text := open(t, ring, sealed)
			var decoded struct {
				Truncated bool
				Context   struct{ Action string }
			}
			if err := json.Unmarshal([]byte(text), &decoded); err != nil || decoded.Context.Action != m.Action {
				t.Errorf("%v: %s", err, text)
			}
			if wants := name != "all there is" && name != "nothing"; decoded.Truncated != wants && name != "no text at all" && name != "control characters" {
				t.Errorf("truncated: %t, want %t: %.4000s", decoded.Truncated, wants, text)
			}
		})
	}
}

func word(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

// TestShort shows what a message does without first: what is largest of the request's conditions.
func TestShort(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	m := message(t)
	for i := range 40 {
		m.Context[fmt.Sprintf("aws:requesttag/%02d", i)] = []string{noise(i, 200)}
	}
	text := open(t, ring, seal(t, ring, m))
	for _, part := range []string{`"truncated":true`, `"aws:resourcetag/env"`, `"NoProd"`, `"resource":"` + m.Resource + `"`} {
		if !strings.Contains(text, part) {
			t.Errorf("without %s: %s", part, text)
		}
	}
}

// A key set, and in testdata/pinned.txt a message that it sealed once: messages outlive upgrades, so this must open for as
// long as there is version 1.
const pinnedKeys = `{"primaryKeyId":810074326,"key":[{"keyData":{"typeUrl":"type.googleapis.com/google.crypto.tink.XAesGcmKey",` +
	`"value":"EgIIDBog0oRx0ZpeHhGlgsF2u9R3+tipERRc//po0MQfxAvMs8g=","keyMaterialType":"SYMMETRIC"},` +
	`"status":"ENABLED","keyId":810074326,"outputPrefixType":"TINK"}]}`

func pinnedHandle(t testing.TB) *keyset.Handle {
	t.Helper()
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(strings.NewReader(pinnedKeys)))
	if err != nil {
		t.Fatal(err)
	}
	return handle
}

func pinnedMessage(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/pinned.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func TestPinnedMessage(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(decodedMessage, open(t, ringOf(t, pinnedHandle(t)), pinnedMessage(t))); diff != "" {
		t.Error(diff)
	}
}

// FuzzOpen holds a ring to opening what it has sealed, and nothing else.
func FuzzOpen(f *testing.F) {
	ring, sealed := ringOf(f, pinnedHandle(f)), pinnedMessage(f)
	for _, text := range []string{sealed, sealed + "\n", sealed[1:], strings.Repeat("A", 3072), "AQ", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text != sealed {
			wantNotGenuine(t, ring, text, text)
		}
	})
}

// FuzzPlain holds the reader of what is sealed, which an attacker never reaches, to its bounds.
func FuzzPlain(f *testing.F) {
	handle := pinnedHandle(f)
	ring := ringOf(f, handle)
	text, bomb := deflate.Compress([]byte(decodedMessage)), deflate.Compress(make([]byte, 4<<20))
	for _, seed := range [][]byte{nil, plain(nil, 0), plain(text, len(text)), plain(bomb, len(bomb)), plain(text, 65535)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		got, err := ring.Open(forge(t, handle, plain), account, now)
		if err != nil && got != "" || len(got) > 128<<10 {
			t.Errorf("Open = %d bytes, %v", len(got), err)
		}
	})
}

// FuzzSeal holds a ring to sealing whatever a caller may choose of a request, in one length.
func FuzzSeal(f *testing.F) {
	ring := ringOf(f, pinnedHandle(f))
	f.Add("arn:aws:s3:::bucket/key", "aws:requesttag/a", "b")
	size := len(seal(f, ring, message(f)))
	f.Add("\xff\x00<", strings.Repeat("\u2028", 500), noise(1, 4000))
	f.Fuzz(func(t *testing.T, resource, key, value string) {
		m := authmessage.Message{AccountID: account, Action: "s3:GetObject", Resource: resource, Context: policy.Context{key: {value, value}}}
		sealed := seal(t, ring, m)
		if text := open(t, ring, sealed); len(sealed) != size || !json.Valid([]byte(text)) {
			t.Errorf("%d characters: %q", len(sealed), text)
		}
	})
}
