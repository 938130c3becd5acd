package webidentity_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/jwt"

	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/store/storetest"
	"github.com/daypass/daypass/internal/webidentity"
)

const (
	publicURL = "https://sts.example"
	accountA  = "111111111111"
	accountB  = "222222222222"
	discovery = "/.well-known/openid-configuration"
	jwks      = "/.well-known/jwks.json"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// world is a store with two accounts, its issuers, and an instant.
type world struct {
	*webidentity.Issuers
	t     *testing.T
	store *store.Store
	now   time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "daypass.db")
	storetest.SQLite(t, path)
	st, err := store.Open(t.Context(), store.Options{URL: path, SealingKey: storetest.KeyFile(t)}, start)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w := &world{webidentity.New(st, publicURL), t, st, start}
	w.must(st.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertAccount(t.Context(), store.InsertAccountParams{AccountID: accountA}),
			tx.InsertAccount(t.Context(), store.InsertAccountParams{AccountID: accountB}),
		)
	}))
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) enable(account string) (issuer string) {
	w.t.Helper()
	issuer, err := w.Enable(w.t.Context(), account, w.now)
	w.must(err)
	return issuer
}

func (w *world) claims() webidentity.Claims {
	return webidentity.Claims{
		ID: "id", Subject: "arn:aws:iam::111111111111:user/alice", Audience: []string{"https://api.example"},
		IssuedAt: w.now, ExpiresAt: w.now.Add(time.Hour),
		Identity: map[string]any{"aws_account": accountA, "request_tags": map[string]any{"a<b>&": "é\"\\"}},
	}
}

func (w *world) sign(account, algorithm string) string {
	w.t.Helper()
	token, err := w.Sign(w.t.Context(), account, algorithm, w.claims(), w.now)
	w.must(err)
	return token
}

// document reads a document of an issuer.
func (w *world) document(issuer, name string) []byte {
	w.t.Helper()
	text, err := w.Document(w.t.Context(), strings.TrimPrefix(issuer, publicURL)+name, w.now)
	w.must(err)
	return text
}

// verify checks a token as a relying party does that has just fetched the issuer's keys.
func (w *world) verify(issuer, token string) error {
	w.t.Helper()
	keys, err := jwt.JWKSetToPublicKeysetHandle(w.document(issuer, jwks))
	if err != nil {
		return err
	}
	verifier, err := jwt.NewVerifier(keys)
	if err != nil {
		return err
	}
	audience, kind := "https://api.example", "JWT"
	validator, err := jwt.NewValidator(&jwt.ValidatorOpts{
		ExpectedIssuer: &issuer, ExpectedAudience: &audience, ExpectedTypeHeader: &kind, ExpectIssuedInThePast: true, FixedNow: w.now,
	})
	if err != nil {
		return err
	}
	_, err = verifier.VerifyAndDecode(token, validator)
	return err
}

// part decodes the header (0) or the payload (1) of a token.
func (w *world) part(token string, n int) (decoded map[string]any) {
	w.t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[n])
	w.must(err)
	w.must(json.Unmarshal(text, &decoded))
	return decoded
}

func (w *world) keyIDs(issuer string) (ids []string) {
	w.t.Helper()
	var set struct{ Keys []struct{ Kid string } }
	w.must(json.Unmarshal(w.document(issuer, jwks), &set))
	for _, k := range set.Keys {
		ids = append(ids, k.Kid)
	}
	return ids
}

func TestSign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issuer := w.enable(accountA)
	for _, algorithm := range []string{webidentity.RS256, webidentity.ES384} {
		token := w.sign(accountA, algorithm)
		w.must(w.verify(issuer, token))
		header := w.part(token, 0)
		if !slices.Contains(w.keyIDs(issuer), header["kid"].(string)) {
			t.Errorf("key %v is not published", header["kid"])
		}
		delete(header, "kid")
		if diff := cmp.Diff(map[string]any{"alg": algorithm, "typ": "JWT"}, header); diff != "" {
			t.Errorf("header (-want +got)\n%s", diff)
		}
		want := map[string]any{
			"iss": issuer, "sub": "arn:aws:iam::111111111111:user/alice", "aud": "https://api.example", "jti": "id",
			"iat": float64(start.Unix()), "exp": float64(start.Add(time.Hour).Unix()),
			"https://sts.amazonaws.com/": map[string]any{"aws_account": accountA, "request_tags": map[string]any{"a<b>&": "é\"\\"}},
		}
		if diff := cmp.Diff(want, w.part(token, 1)); diff != "" {
			t.Errorf("claims (-want +got)\n%s", diff)
		}
	}
}

func TestSeveralAudiences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enable(accountA)
	claims := w.claims()
	claims.Audience = []string{"b", "a", "b"}
	token, err := w.Sign(t.Context(), accountA, webidentity.ES384, claims, w.now)
	w.must(err)
	if diff := cmp.Diff([]any{"b", "a", "b"}, w.part(token, 1)["aud"]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The limit is on the claims in JSON, to the byte.
func TestPayloadSize(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enable(accountA)
	size := func(padding int) error {
		claims := w.claims()
		claims.Identity = map[string]any{"x": strings.Repeat("x", padding)}
		token, err := w.Sign(t.Context(), accountA, webidentity.ES384, claims, w.now)
		if err == nil && len(token) > 22_000 {
			t.Errorf("a token of %d bytes", len(token))
		}
		return err
	}
	fits := 0
	for step := 16_384; step > 0; step /= 2 {
		if size(fits+step) == nil {
			fits += step
		}
	}
	if fits < 14_000 || fits > webidentity.MaxPayloadSize {
		t.Errorf("a padding of %d bytes fits", fits)
	}
	if err := size(fits + 1); !errors.Is(err, webidentity.ErrPayloadSize) {
		t.Errorf("one byte more: %v", err)
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issuer := w.enable(accountA)
	want := map[string]any{
		"issuer":                                issuer,
		"jwks_uri":                              issuer + jwks,
		"subject_types_supported":               []any{"public"},
		"response_types_supported":              []any{"id_token"},
		"id_token_signing_alg_values_supported": []any{"RS256", "ES384"},
		"claims_supported":                      []any{"sub", "iss", "aud", "exp", "iat", "jti", "https://sts.amazonaws.com/"},
	}
	var got map[string]any
	w.must(json.Unmarshal(w.document(issuer, discovery), &got))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("discovery document (-want +got)\n%s", diff)
	}

	// Nothing of a private key is published: each member of each key is one of these.
	members := map[string][]string{
		"RSA": {"alg", "e", "kid", "kty", "n", "use"},
		"EC":  {"alg", "crv", "kid", "kty", "use", "x", "y"},
	}
	var set struct{ Keys []map[string]string }
	w.must(json.Unmarshal(w.document(issuer, jwks), &set))
	if len(set.Keys) != 2 {
		t.Errorf("%d keys", len(set.Keys))
	}
	for _, key := range set.Keys {
		var names []string
		for name := range key {
			names = append(names, name)
		}
		slices.Sort(names)
		if diff := cmp.Diff(members[key["kty"]], names); diff != "" {
			t.Errorf("members of a key of type %s (-want +got)\n%s", key["kty"], diff)
		}
		if key["use"] != "sig" || (key["kty"] == "RSA") != (key["alg"] == "RS256") {
			t.Errorf("key %v", key)
		}
	}
}

func TestNoDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := strings.TrimPrefix(w.enable(accountA), publicURL)
	uuid := strings.TrimPrefix(path, webidentity.Path)
	paths := map[string]string{
		"empty": "", "root": "/", "all issuers": "/oidc/", "no name": path, "slash": path + "/", "directory": path + "/.well-known/",
		"another uuid":       "/oidc/00000000-0000-4000-8000-000000000000" + jwks,
		"account":            "/oidc/" + accountA + jwks,
		"upper case":         "/oidc/" + strings.ToUpper(uuid) + jwks,
		"double slash":       "/oidc//" + uuid + jwks,
		"double slash after": path + "/" + jwks,
		"dots":               "/oidc/x/../" + uuid + jwks,
		"dots after":         path + "/.." + "/" + uuid + jwks,
		"encoded":            "/oidc/%" + uuid[1:] + jwks,
		"encoded slash":      path + "%2f.well-known/jwks.json",
		"more":               path + jwks + "/",
		"suffix":             path + jwks + ".bak",
		"NUL":                path + jwks + "\x00",
		"NUL in the uuid":    "/oidc/" + uuid[:35] + "\x00" + jwks,
		"wildcard":           "/oidc/" + strings.Repeat("%", 36) + jwks,
		"hyphens":            "/oidc/" + strings.Repeat("-", 36) + jwks,
		"other case":         path + "/.Well-Known/jwks.json",
		"prefix":             "/x" + path + jwks,
		"OAuth's name":       path + "/.well-known/oauth-authorization-server",
		"name before":        "/.well-known/openid-configuration" + path,
	}
	for name, path := range paths {
		text, err := w.Document(t.Context(), path, w.now)
		if text != nil || !errors.Is(err, webidentity.ErrDisabled) {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
}

// An account that disables its issuer has none until it enables it again, and then the same.
func TestDisableAndEnable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	is := func(step string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", step, err, want)
		}
	}
	is("disable what never was enabled", w.Disable(ctx, accountA), webidentity.ErrDisabled)
	issuer := w.enable(accountA)
	token := w.sign(accountA, webidentity.ES384)
	_, err := w.Enable(ctx, accountA, w.now)
	is("enable again", err, webidentity.ErrEnabled)
	w.must(w.Disable(ctx, accountA))
	is("disable again", w.Disable(ctx, accountA), webidentity.ErrDisabled)
	_, err = w.URL(ctx, accountA, w.now)
	is("URL", err, webidentity.ErrDisabled)
	_, err = w.Sign(ctx, accountA, webidentity.ES384, w.claims(), w.now)
	is("sign", err, webidentity.ErrDisabled)
	for _, name := range []string{discovery, jwks} {
		_, err = w.Document(ctx, strings.TrimPrefix(issuer, publicURL)+name, w.now)
		is(name, err, webidentity.ErrDisabled)
	}
	if again := w.enable(accountA); again != issuer {
		t.Errorf("the issuer is now %s, and was %s", again, issuer)
	}
	w.must(w.verify(issuer, token))
	if got, err := w.URL(ctx, accountA, w.now); got != issuer || err != nil {
		t.Errorf("URL is %s, %v", got, err)
	}
}

// The token of one account does not verify at another's issuer, which has other keys.
func TestAccountsShareNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.enable(accountA), w.enable(accountB)
	for _, id := range w.keyIDs(a) {
		if slices.Contains(w.keyIDs(b), id) {
			t.Errorf("both accounts have key %s", id)
		}
	}
	for _, algorithm := range []string{webidentity.RS256, webidentity.ES384} {
		token := w.sign(accountA, algorithm)
		w.must(w.verify(a, token))
		if w.verify(b, token) == nil {
			t.Errorf("%s: another account's issuer accepts the token", algorithm)
		}
	}
	w.must(w.Disable(t.Context(), accountB))
	w.must(w.verify(a, w.sign(accountA, webidentity.ES384)))
}

// Whatever a forger makes of the header, the issuer's keys accept the token with their own algorithm only.
func TestForgedHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issuer := w.enable(accountA)
	token := w.sign(accountA, webidentity.RS256)
	parts := strings.Split(token, ".")
	for _, algorithm := range []string{"none", "None", "HS256", "HS384", "RS384", "RS512", "PS256", "ES384", "ES256", ""} {
		header := w.part(token, 0)
		header["alg"] = algorithm
		text, err := json.Marshal(header)
		w.must(err)
		forged := base64.RawURLEncoding.EncodeToString(text) + "." + parts[1] + "."
		for _, signature := range []string{"", parts[2]} {
			if w.verify(issuer, forged+signature) == nil {
				t.Errorf("a token of algorithm %q is accepted", algorithm)
			}
		}
	}
}

// step is what happens in a story of rotation, and what is then to be seen.
type step struct {
	name      string
	after     time.Duration // since the start
	rotate    *webidentity.Rotation
	published int    // keys of each algorithm
	signs     string // the generation of keys that signs: its letter
}

func TestRotation(t *testing.T) {
	t.Parallel()
	const hour, minute = time.Hour, time.Minute
	stories := map[string][]step{
		"with overlap": {
			{name: "at first", published: 1, signs: "a"},
			{name: "rotated", after: 1 * minute, rotate: &webidentity.Rotation{Ahead: hour}, published: 2, signs: "a"},
			{name: "just before the new one signs", after: 1*hour + 1*minute - 1, published: 2, signs: "a"},
			{name: "the new one signs", after: 1*hour + 1*minute, published: 2, signs: "b"},
			{name: "the last token of the old one has expired", after: 2*hour + 1*minute, published: 2, signs: "b"},
			{name: "and nobody has fetched the keys to check it", after: 2*hour + 7*minute, published: 1, signs: "b"},
		},
		"at once": {
			{name: "rotated", rotate: &webidentity.Rotation{}, published: 2, signs: "b"},
			{name: "before the last token expires", after: hour, published: 2, signs: "b"},
			{name: "after", after: hour + 6*minute, published: 1, signs: "b"},
		},
		"withdrawn": {
			{name: "rotated", rotate: &webidentity.Rotation{Withdraw: true}, published: 1, signs: "b"},
			{name: "with overlap", after: minute, rotate: &webidentity.Rotation{Ahead: hour}, published: 2, signs: "b"},
			{name: "withdrawn", after: 2 * minute, rotate: &webidentity.Rotation{Withdraw: true, Ahead: hour}, published: 1, signs: "d"},
			{name: "later", after: 3 * hour, published: 1, signs: "d"},
		},
		"twice": {
			{name: "first", rotate: &webidentity.Rotation{Ahead: hour}, published: 2, signs: "a"},
			{name: "second", after: 30 * minute, rotate: &webidentity.Rotation{Ahead: hour}, published: 3, signs: "a"},
			{name: "the second keys sign", after: hour, published: 3, signs: "b"},
			{name: "the third keys sign", after: 90 * minute, published: 3, signs: "c"},
			{name: "the first keys are gone", after: 2*hour + 6*minute, published: 2, signs: "c"},
			{name: "the second keys are gone", after: 2*hour + 36*minute, published: 1, signs: "c"},
		},
		"overtaken": {
			{name: "a month ahead", rotate: &webidentity.Rotation{Ahead: webidentity.MaxAhead}, published: 2, signs: "a"},
			{name: "at once", after: minute, rotate: &webidentity.Rotation{}, published: 3, signs: "c"},
			{name: "a day later", after: 24 * hour, published: 1, signs: "c"},
			{name: "when the second would have signed", after: webidentity.MaxAhead + hour, published: 1, signs: "c"},
		},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			playRotation(t, story)
		})
	}
}

func playRotation(t *testing.T, story []step) {
	t.Helper()
	w := newWorld(t)
	issuer := w.enable(accountA)
	letters := map[string]string{}
	learn := func() {
		letter := string(rune('a' + len(letters)/2))
		for _, id := range w.keyIDs(issuer) {
			if letters[id] == "" {
				letters[id] = letter
			}
		}
	}
	learn()
	var live []string // tokens that have not expired
	for _, s := range story {
		w.now = start.Add(s.after)
		if s.rotate != nil {
			s.rotate.Now = w.now
			n, err := webidentity.Rotate(t.Context(), w.store, *s.rotate)
			if n != 1 || err != nil {
				t.Fatalf("%s: %d issuers, %v", s.name, n, err)
			}
			learn()
		}
		if got := len(w.keyIDs(issuer)); got != 2*s.published {
			t.Errorf("%s: %d keys are published, want %d", s.name, got, 2*s.published)
		}
		live = slices.DeleteFunc(live, func(token string) bool {
			return w.part(token, 1)["exp"].(float64) <= float64(w.now.Unix())
		})
		if s.rotate != nil && s.rotate.Withdraw {
			for _, token := range live {
				if w.verify(issuer, token) == nil {
					t.Errorf("%s: a token of a withdrawn key still verifies", s.name)
				}
			}
			live = nil
		}
		for _, algorithm := range []string{webidentity.RS256, webidentity.ES384} {
			token := w.sign(accountA, algorithm)
			if got := letters[w.part(token, 0)["kid"].(string)]; got != s.signs {
				t.Errorf("%s: keys %s sign with %s, want %s", s.name, got, algorithm, s.signs)
			}
			live = append(live, token)
		}
		for _, token := range live {
			if err := w.verify(issuer, token); err != nil {
				t.Errorf("%s: a live token does not verify: %v", s.name, err)
			}
		}
	}
}

// All issuers get new keys, also one that is disabled: it may be enabled again.
func TestRotateAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := map[string][]string{}
	issuers := []string{w.enable(accountA), w.enable(accountB)}
	for _, issuer := range issuers {
		before[issuer] = w.keyIDs(issuer)
	}
	w.must(w.Disable(t.Context(), accountB))
	n, err := webidentity.Rotate(t.Context(), w.store, webidentity.Rotation{Now: w.now, Withdraw: true})
	if n != 2 || err != nil {
		t.Fatalf("%d issuers, %v", n, err)
	}
	w.enable(accountB)
	for _, issuer := range issuers {
		for _, id := range w.keyIDs(issuer) {
			if slices.Contains(before[issuer], id) {
				t.Errorf("%s still has key %s", issuer, id)
			}
		}
	}
}

func TestRotateRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := webidentity.Rotate(t.Context(), w.store, webidentity.Rotation{Now: w.now}); !errors.Is(err, webidentity.ErrNoIssuer) {
		t.Errorf("without issuers: %v", err)
	}
	for _, ahead := range []time.Duration{-1, webidentity.MaxAhead + 1} {
		if _, err := webidentity.Rotate(t.Context(), w.store, webidentity.Rotation{Now: w.now, Ahead: ahead}); err == nil {
			t.Errorf("%v ahead is accepted", ahead)
		}
	}
}

// A server without a public URL issues nothing, and does not make accounts issuers of an address that nobody knows.
func TestNoPublicURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := strings.TrimPrefix(w.enable(accountA), publicURL)
	without := webidentity.New(w.store, "")
	ctx := t.Context()
	if _, err := without.Enable(ctx, accountB, w.now); !errors.Is(err, webidentity.ErrNoPublicURL) {
		t.Errorf("enable: %v", err)
	}
	for name, do := range map[string]func() error{
		"sign": func() error {
			_, err := without.Sign(ctx, accountA, webidentity.RS256, w.claims(), w.now)
			return err
		},
		"URL":      func() error { _, err := without.URL(ctx, accountA, w.now); return err },
		"document": func() error { _, err := without.Document(ctx, path+jwks, w.now); return err },
	} {
		if err := do(); !errors.Is(err, webidentity.ErrDisabled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.must(without.Disable(ctx, accountA))
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enable(accountA)
	long := w.claims()
	long.ExpiresAt = w.now.Add(time.Hour + 1)
	if _, err := w.Sign(t.Context(), accountA, webidentity.RS256, long, w.now); err == nil {
		t.Error("a token outlives the publication of its key")
	}
	for _, algorithm := range []string{"", "none", "HS256", "rs256"} {
		if token, err := w.Sign(t.Context(), accountA, algorithm, w.claims(), w.now); err == nil {
			t.Errorf("%q: %s", algorithm, token)
		}
	}
}

// FuzzDocument holds that no path but the two of an issuer leads to a document.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		"", "/oidc/", "/oidc/00000000-0000-4000-8000-000000000000" + jwks, "/oidc/00000000-0000-4000-8000-000000000000" + discovery, "/oidc/../x",
	} {
		f.Add(seed)
	}
	ctx := context.Background()
	st, err := store.Open(ctx, store.Options{URL: filepath.Join(f.TempDir(), "daypass.db"), SealingKey: storetest.KeyFile(f)}, start)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = st.Close() })
	issuers := webidentity.New(st, publicURL)
	err = st.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: accountA})
	})
	if err != nil {
		f.Fatal(err)
	}
	issuer, err := issuers.Enable(ctx, accountA, start)
	if err != nil {
		f.Fatal(err)
	}
	path := strings.TrimPrefix(issuer, publicURL)
	f.Fuzz(func(t *testing.T, s string) {
		text, err := issuers.Document(ctx, s, start)
		if there := s == path+jwks || s == path+discovery; there != (err == nil) || there != (text != nil) {
			t.Errorf("%q: %s, %v", s, text, err)
		}
		if err != nil && !errors.Is(err, webidentity.ErrDisabled) {
			t.Errorf("%q: %v", s, err)
		}
	})
}
