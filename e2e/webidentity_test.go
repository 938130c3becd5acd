package e2e

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
)

const audience = "https://api.example"

// party is a service elsewhere that trusts an issuer: it found its keys through discovery, and keeps them.
type party struct{ verifier *oidc.IDTokenVerifier }

func newParty(ctx context.Context, issuer string) (party, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return party{}, err
	}
	return party{provider.VerifierContext(ctx, &oidc.Config{ClientID: audience})}, nil
}

func (p party) accepts(t *testing.T, what, token string) *oidc.IDToken {
	t.Helper()
	verified, err := p.verifier.Verify(t.Context(), token)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return verified
}

func (p party) refuses(t *testing.T, what, token string) {
	t.Helper()
	if verified, err := p.verifier.Verify(t.Context(), token); err == nil {
		t.Errorf("%s is accepted as %s", what, verified.Subject)
	}
}

func mustParty(t *testing.T, issuer string) party {
	t.Helper()
	p, err := newParty(t.Context(), issuer)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// enableIssuer makes the account of a server an issuer.
func (s *server) enableIssuer() (issuer string) {
	s.t.Helper()
	answer, err := s.iam(s.root).EnableOutboundWebIdentityFederation(s.t.Context(), &iam.EnableOutboundWebIdentityFederationInput{})
	if err != nil {
		s.t.Fatal(err)
	}
	return aws.ToString(answer.IssuerIdentifier)
}

func (s *server) webIdentityToken(who credentials, algorithm string, tags ...ststypes.Tag) string {
	s.t.Helper()
	answer, err := s.sts(who).GetWebIdentityToken(s.t.Context(), &sts.GetWebIdentityTokenInput{
		Audience: []string{audience}, SigningAlgorithm: &algorithm, Tags: tags,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	token := aws.ToString(answer.WebIdentityToken)
	s.secret("a web identity token", token)
	return token
}

func (s *server) rotateKeys(flags ...string) {
	s.t.Helper()
	output, err := s.command(append([]string{"issuer", "rotate-keys"}, flags...)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("daypass issuer rotate-keys: %v\n%s", err, output)
	}
}

// signedByAnother waits for a token that another key has signed than that of a token before: a server needs a moment to see
// the keys that a command has made.
func (s *server) signedByAnother(algorithm, before string) string {
	s.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pause) {
		if token := s.webIdentityToken(s.root, algorithm); keyID(s.t, token) != keyID(s.t, before) {
			return token
		}
	}
	s.t.Fatal("the new keys never sign")
	return ""
}

func keyID(t *testing.T, token string) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	var header struct{ Kid string }
	if err == nil {
		err = json.Unmarshal(text, &header)
	}
	if err != nil || header.Kid == "" {
		t.Fatalf("the header %q names no key: %v", text, err)
	}
	return header.Kid
}

// A relying party that knows nothing but the issuer's address checks tokens with a stock OpenID Connect library.
func TestRelyingParty(t *testing.T) {
	t.Parallel()
	server := start(t, config{Issuer: true})
	ctx := t.Context()
	issuer := server.enableIssuer()
	_, err := server.iam(server.root).EnableOutboundWebIdentityFederation(ctx, &iam.EnableOutboundWebIdentityFederationInput{})
	if _, ok := errors.AsType[*iamtypes.FeatureEnabledException](err); !ok {
		t.Errorf("error is %v, want the SDK's FeatureEnabledException", err)
	}
	alice := enrol(t, server, "alice")
	tag := iamtypes.Tag{Key: aws.String("team"), Value: aws.String("blue")}
	if _, err := server.iam(server.root).TagUser(ctx, &iam.TagUserInput{UserName: &alice.name, Tags: []iamtypes.Tag{tag}}); err != nil {
		t.Fatal(err)
	}
	_, err = server.sts(alice.credentials).GetWebIdentityToken(ctx, &sts.GetWebIdentityTokenInput{
		Audience: []string{audience}, SigningAlgorithm: aws.String("RS256"),
	})
	wantRefusal(t, err, "AccessDenied", "sts:GetWebIdentityToken on resource: arn:aws:sts::"+accountID+":self")
	if _, err := server.iam(server.root).PutUserPolicy(ctx, &iam.PutUserPolicyInput{
		UserName: &alice.name, PolicyName: aws.String("tokens"), PolicyDocument: aws.String(
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sts:GetWebIdentityToken","sts:TagGetWebIdentityToken"],"Resource":"*"}}`),
	}); err != nil {
		t.Fatal(err)
	}

	relying := mustParty(t, issuer)
	for _, algorithm := range []string{"RS256", "ES384"} {
		token := server.webIdentityToken(alice.credentials, algorithm, ststypes.Tag{Key: aws.String("job"), Value: aws.String("7")})
		verified := relying.accepts(t, algorithm, token)
		if got, want := verified.Subject, "arn:aws:iam::"+accountID+":user/alice"; got != want {
			t.Errorf("%s: the subject is %s, want %s", algorithm, got, want)
		}
		if left := time.Until(verified.Expiry); left <= 0 || left > 5*time.Minute {
			t.Errorf("%s: the token lives for %v", algorithm, left)
		}
		var claims struct {
			AWS map[string]any `json:"https://sts.amazonaws.com/"`
		}
		if err := verified.Claims(&claims); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"aws_account": accountID, "source_region": region, "principal_id": verified.Subject,
			"principal_tags": map[string]any{"team": "blue"}, "request_tags": map[string]any{"job": "7"},
		}
		if diff := cmp.Diff(want, claims.AWS); diff != "" {
			t.Errorf("%s: AWS's claims (-want +got)\n%s", algorithm, diff)
		}
		relying.refuses(t, "a token without a signature", token[:strings.LastIndexByte(token, '.')+1])
		relying.refuses(t, "a token for another algorithm", withHeader(t, token, "none"))
		relying.refuses(t, "a token for a secret key", withHeader(t, token, "HS256"))
	}
	elsewhere, err := server.sts(alice.credentials).GetWebIdentityToken(ctx, &sts.GetWebIdentityTokenInput{
		Audience: []string{"https://other.example"}, SigningAlgorithm: aws.String("RS256"),
	})
	if err != nil {
		t.Fatal(err)
	}
	relying.refuses(t, "a token for somebody else", aws.ToString(elsewhere.WebIdentityToken))
}

// withHeader is a token that says it was signed with another algorithm.
func withHeader(t *testing.T, token, algorithm string) string {
	t.Helper()
	_, rest, _ := strings.Cut(token, ".")
	header, err := json.Marshal(map[string]string{"alg": algorithm, "kid": keyID(t, token), "typ": "JWT"})
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(header) + "." + rest
}

// Keys are replaced under relying parties that keep what they fetched, and no token in anybody's hands is lost.
func TestRotationOfIssuerKeys(t *testing.T) {
	t.Parallel()
	server := start(t, config{Issuer: true})
	issuer := server.enableIssuer()
	keeping := mustParty(t, issuer)
	for _, algorithm := range []string{"RS256", "ES384"} {
		before := server.webIdentityToken(server.root, algorithm)
		keeping.accepts(t, "before", before)
		server.rotateKeys() // published, and not yet signing
		if waiting := server.webIdentityToken(server.root, algorithm); keyID(t, waiting) != keyID(t, before) {
			t.Error("a new key signs before its time")
		}
		server.rotateKeys("--publish-ahead", "0s")
		after := server.signedByAnother(algorithm, before)
		for name, relying := range map[string]party{"a party that keeps old keys": keeping, "a new party": mustParty(t, issuer)} {
			relying.accepts(t, name+": signed before the rotation", before)
			relying.accepts(t, name+": signed after the rotation", after)
		}
		server.rotateKeys("--withdraw")
		latest := server.signedByAnother(algorithm, after)
		fresh := mustParty(t, issuer)
		fresh.refuses(t, "a token of a withdrawn key", before)
		fresh.refuses(t, "a token of another withdrawn key", after)
		fresh.accepts(t, "the latest", latest)
	}
	if text := publicKeys(t, issuer); strings.Contains(text, `"d"`) || strings.Contains(text, `"p"`) || !strings.Contains(text, `"kid"`) {
		t.Errorf("the published keys: %s", text)
	}
}

func publicKeys(t *testing.T, issuer string) string {
	t.Helper()
	response, err := http.Get(issuer + "/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", response.Status, err)
	}
	return string(text)
}

func TestDisabledIssuer(t *testing.T) {
	t.Parallel()
	server := start(t, config{Issuer: true})
	ctx, root := t.Context(), server.iam(server.root)
	_, err := root.GetOutboundWebIdentityFederationInfo(ctx, &iam.GetOutboundWebIdentityFederationInfoInput{})
	if _, ok := errors.AsType[*iamtypes.FeatureDisabledException](err); !ok {
		t.Errorf("error is %v, want the SDK's FeatureDisabledException", err)
	}
	issuer := server.enableIssuer()
	info, err := root.GetOutboundWebIdentityFederationInfo(ctx, &iam.GetOutboundWebIdentityFederationInfoInput{})
	if err != nil || aws.ToString(info.IssuerIdentifier) != issuer || !info.JwtVendingEnabled {
		t.Errorf("info %+v, %v", info, err)
	}
	token := server.webIdentityToken(server.root, "ES384")
	if _, err := root.DisableOutboundWebIdentityFederation(ctx, &iam.DisableOutboundWebIdentityFederationInput{}); err != nil {
		t.Fatal(err)
	}
	if _, err := newParty(ctx, issuer); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("discovery of a disabled issuer: %v", err)
	}
	_, err = server.sts(server.root).GetWebIdentityToken(ctx, &sts.GetWebIdentityTokenInput{
		Audience: []string{audience}, SigningAlgorithm: aws.String("RS256"),
	})
	if _, ok := errors.AsType[*ststypes.OutboundWebIdentityFederationDisabledException](err); !ok {
		t.Errorf("error is %v, want the SDK's OutboundWebIdentityFederationDisabledException", err)
	}
	server.kill()
	server.launch()
	if again := server.enableIssuer(); again != issuer {
		t.Errorf("the issuer is %s and was %s", again, issuer)
	}
	mustParty(t, issuer).accepts(t, "a token from before", token)
}

// Two servers on one database are one issuer: what one signs is checked with the keys that the other publishes.
func TestIssuerOnTwoServers(t *testing.T) {
	t.Parallel()
	database := postgres.Database(t)
	first := start(t, config{Database: database, Issuer: true})
	second := start(t, config{Database: database, Issuer: true, Beside: first})
	issuer := first.enableIssuer()
	relying := mustParty(t, issuer)
	before := second.webIdentityToken(second.root, "RS256")
	relying.accepts(t, "signed by the second server", before)
	second.rotateKeys("--publish-ahead", "0s")
	fromFirst, fromSecond := first.signedByAnother("RS256", before), second.signedByAnother("RS256", before)
	for name, token := range map[string]string{"before": before, "first": fromFirst, "second": fromSecond} {
		relying.accepts(t, name, token)
	}
}
