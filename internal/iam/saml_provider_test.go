package iam

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const idpARN = "arn:aws:iam::111111111111:saml-provider/idp"

// newMetadata makes the metadata of an identity provider, with attributes of its EntityDescriptor.
func newMetadata(t *testing.T, attributes string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/" ` + attributes + `>` +
		`<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">` +
		`<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` + base64.StdEncoding.EncodeToString(der) +
		`</X509Certificate></X509Data></KeyInfo></KeyDescriptor>` +
		`<!-- ` + strings.Repeat("long enough ", 50) + ` --></IDPSSODescriptor></EntityDescriptor>`
}

func (w *world) saml(in CreateSAMLProviderInput) *CreateSAMLProviderOutput {
	w.t.Helper()
	return must(w.CreateSAMLProvider(w.t.Context(), w.root(account), &in))(w.t)
}

func (w *world) getSAML(arn string) *GetSAMLProviderOutput {
	w.t.Helper()
	return must(w.GetSAMLProvider(w.t.Context(), w.root(account), &GetSAMLProviderInput{arn}))(w.t)
}

func TestCreateSAMLProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	metadata := newMetadata(t, "")
	got := w.saml(CreateSAMLProviderInput{Name: "idp", SAMLMetadataDocument: metadata, Tags: tags("b=1 a=2"), AssertionEncryptionMode: "Allowed"})
	if diff := cmp.Diff(&CreateSAMLProviderOutput{idpARN, tags("b=1 a=2")}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	read := w.getSAML(idpARN)
	want := &GetSAMLProviderOutput{
		SAMLProviderUUID: read.SAMLProviderUUID, SAMLMetadataDocument: metadata, CreateDate: start, ValidUntil: start.AddDate(100, 0, 0),
		Tags: tags("a=2 b=1"), AssertionEncryptionMode: "Allowed", PrivateKeyList: []SAMLPrivateKey{},
	}
	if diff := cmp.Diff(want, read); diff != "" || !regexp.MustCompile(`^SAMLSP[A-Z2-7]{16}$`).MatchString(read.SAMLProviderUUID) {
		t.Errorf("UUID %s, (-want +got):\n%s", read.SAMLProviderUUID, diff)
	}
	until := start.Add(time.Hour)
	plain := w.saml(CreateSAMLProviderInput{Name: "Other.idp_-", SAMLMetadataDocument: newMetadata(t, `validUntil="`+until.Format(time.RFC3339)+`"`)})
	if diff := cmp.Diff(&CreateSAMLProviderOutput{SAMLProviderArn: "arn:aws:iam::111111111111:saml-provider/Other.idp_-"}, plain); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if read := w.getSAML(plain.SAMLProviderArn); !read.ValidUntil.Equal(until) || read.Tags == nil || len(read.Tags) > 0 {
		t.Errorf("a provider without tags: %+v", read)
	}
	out := must(w.ListSAMLProviders(t.Context(), w.root(account), &ListSAMLProvidersInput{}))(t)
	list := &ListSAMLProvidersOutput{[]SAMLProviderListEntry{{plain.SAMLProviderArn, until, start}, {idpARN, start.AddDate(100, 0, 0), start}}}
	if diff := cmp.Diff(list, out); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	out = must(w.ListSAMLProviders(t.Context(), w.root(foreign), &ListSAMLProvidersInput{}))(t)
	if diff := cmp.Diff(&ListSAMLProvidersOutput{[]SAMLProviderListEntry{}}, out); diff != "" {
		t.Errorf("another account's list (-want +got):\n%s", diff)
	}
}

func TestCreateSAMLProviderRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	metadata := newMetadata(t, "")
	w.saml(CreateSAMLProviderInput{Name: "idp", SAMLMetadataDocument: metadata})
	for name, test := range map[string]struct {
		in   CreateSAMLProviderInput
		want string
	}{
		"there already":   {CreateSAMLProviderInput{Name: "idp", SAMLMetadataDocument: metadata}, "409 EntityAlreadyExists: Provider with name idp already exists."},
		"in another case": {CreateSAMLProviderInput{Name: "IDP", SAMLMetadataDocument: metadata}, "409 EntityAlreadyExists: Provider with name IDP already exists."},
		"no metadata": {
			CreateSAMLProviderInput{Name: "x", SAMLMetadataDocument: strings.Replace(metadata, "IDPSSO", "SPSSO", 2)},
			"400 InvalidInput: The SAML metadata document is not valid: there is no IDPSSODescriptor for SAML 2.0.",
		},
		"a document type": {
			CreateSAMLProviderInput{Name: "x", SAMLMetadataDocument: "<!DOCTYPE x>" + metadata},
			"400 InvalidInput: The SAML metadata document is not valid: line 1: there is a document type declaration.",
		},
		"out of date": {
			CreateSAMLProviderInput{Name: "x", SAMLMetadataDocument: newMetadata(t, `validUntil="2026-01-15T12:00:10Z"`)},
			"400 InvalidInput: The SAML metadata document has expired at 2026-01-15T12:00:10Z.",
		},
		"encrypted only": {
			CreateSAMLProviderInput{Name: "x", SAMLMetadataDocument: metadata, AssertionEncryptionMode: "Required"},
			"400 InvalidInput: AssertionEncryptionMode Required is not supported: encrypted assertions are not accepted.",
		},
		"a private key": {
			CreateSAMLProviderInput{Name: "x", SAMLMetadataDocument: metadata, AddPrivateKey: "secret"},
			"400 InvalidInput: AddPrivateKey is not supported: encrypted assertions are not accepted.",
		},
		"a tag twice": {CreateSAMLProviderInput{Name: "x", SAMLMetadataDocument: metadata, Tags: tags("a=1 a=2")}, "400 InvalidInput: Duplicate tag keys found."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, answer(w.CreateSAMLProvider(t.Context(), w.root(account), &test.in)), test.want)
		})
	}
	must(w.CreateSAMLProvider(t.Context(), w.root(foreign), &CreateSAMLProviderInput{Name: "idp", SAMLMetadataDocument: metadata}))(t)
}

func TestSAMLProviderQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	metadata := newMetadata(t, "")
	for i := range 100 {
		w.saml(CreateSAMLProviderInput{Name: fmt.Sprint(i), SAMLMetadataDocument: metadata})
	}
	check(t, answer(w.CreateSAMLProvider(t.Context(), w.root(account), &CreateSAMLProviderInput{Name: "x", SAMLMetadataDocument: metadata})),
		"409 LimitExceeded: Cannot exceed quota for SAMLProvidersPerAccount: 100")
	must(w.CreateSAMLProvider(t.Context(), w.root(foreign), &CreateSAMLProviderInput{Name: "x", SAMLMetadataDocument: metadata}))(t)
}

func TestUpdateSAMLProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saml(CreateSAMLProviderInput{Name: "idp", SAMLMetadataDocument: newMetadata(t, ""), Tags: tags("a=1")})
	first := w.getSAML(idpARN)
	w.now = w.now.Add(time.Hour)
	update := func(in UpdateSAMLProviderInput) string {
		in.SAMLProviderArn = idpARN
		out, err := w.UpdateSAMLProvider(t.Context(), w.root(account), &in)
		if err == nil && out.SAMLProviderArn != idpARN {
			t.Errorf("updated %s", out.SAMLProviderArn)
		}
		return verdict(err)
	}
	next := newMetadata(t, `validUntil="2027-01-01T00:00:00Z"`)
	for _, test := range []struct {
		in   UpdateSAMLProviderInput
		want string
	}{
		{UpdateSAMLProviderInput{}, "ok"},
		{UpdateSAMLProviderInput{AssertionEncryptionMode: "Allowed"}, "ok"},
		{UpdateSAMLProviderInput{AssertionEncryptionMode: "Required"}, "400 InvalidInput: AssertionEncryptionMode Required is not supported: encrypted assertions are not accepted."},
		{UpdateSAMLProviderInput{AddPrivateKey: "secret"}, "400 InvalidInput: AddPrivateKey is not supported: encrypted assertions are not accepted."},
		{UpdateSAMLProviderInput{SAMLMetadataDocument: next, RemovePrivateKey: "ABC"}, "404 NoSuchEntity: The private key with id ABC cannot be found."},
		{UpdateSAMLProviderInput{SAMLMetadataDocument: next + "x"}, "400 InvalidInput: The SAML metadata document is not valid: line 1: there is text outside the root element."},
	} {
		check(t, update(test.in), test.want)
	}
	if diff := cmp.Diff(first, w.getSAML(idpARN)); diff != "" {
		t.Errorf("nothing was to change (-want +got):\n%s", diff)
	}
	check(t, update(UpdateSAMLProviderInput{SAMLMetadataDocument: next}), "ok")
	first.SAMLMetadataDocument, first.ValidUntil = next, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	if diff := cmp.Diff(first, w.getSAML(idpARN)); diff != "" {
		t.Errorf("after the update (-want +got):\n%s", diff)
	}
	check(t, update(UpdateSAMLProviderInput{SAMLMetadataDocument: newMetadata(t, "")}), "ok")
	if got := w.getSAML(idpARN).ValidUntil; !got.Equal(w.now.AddDate(100, 0, 0)) {
		t.Errorf("valid until %v, %v after the second update", got, w.now)
	}
}

func TestDeleteSAMLProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := CreateSAMLProviderInput{Name: "idp", SAMLMetadataDocument: newMetadata(t, "")}
	in.Tags = tags("a=1")
	w.saml(in)
	old := w.getSAML(idpARN)
	del := func() string {
		return answer(w.DeleteSAMLProvider(t.Context(), w.root(account), &DeleteSAMLProviderInput{idpARN}))
	}
	check(t, del(), "ok")
	check(t, del(), "404 NoSuchEntity: Manifest not found for arn "+idpARN)
	in.Tags = nil
	w.saml(in)
	if got := w.getSAML(idpARN); len(got.Tags) > 0 || got.SAMLProviderUUID == old.SAMLProviderUUID {
		t.Errorf("a new provider has what was the old one's: %+v", got)
	}
}

func TestSAMLProviderTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, root := t.Context(), w.root(account)
	w.saml(CreateSAMLProviderInput{Name: "idp", SAMLMetadataDocument: newMetadata(t, ""), Tags: tags("b=1 a=2")})
	check(t, answer(w.TagSAMLProvider(ctx, root, &TagSAMLProviderInput{idpARN, tags("A=3 b=4")})), "ok")
	check(t, answer(w.UntagSAMLProvider(ctx, root, &UntagSAMLProviderInput{idpARN, []string{"a", "x"}})), "ok")
	out := must(w.ListSAMLProviderTags(ctx, root, &ListSAMLProviderTagsInput{SAMLProviderArn: idpARN, MaxItems: 1}))(t)
	if diff := cmp.Diff(TagPage{tags("A=3"), true, out.Marker}, out.TagPage); diff != "" || out.Marker == "" {
		t.Errorf("first page (-want +got):\n%s", diff)
	}
	out = must(w.ListSAMLProviderTags(ctx, root, &ListSAMLProviderTagsInput{SAMLProviderArn: idpARN, Marker: out.Marker}))(t)
	if diff := cmp.Diff(TagPage{Tags: tags("b=4")}, out.TagPage); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
	check(t, answer(w.TagSAMLProvider(ctx, root, &TagSAMLProviderInput{idpARN, tags("k=1 k=2")})), "400 InvalidInput: Duplicate tag keys found.")
}

// A provider that is not there, or another account's, is not found by any action.
func TestNoSAMLProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	metadata := newMetadata(t, "")
	must(w.CreateSAMLProvider(t.Context(), w.root(foreign), &CreateSAMLProviderInput{Name: "idp", SAMLMetadataDocument: metadata}))(t)
	w.saml(CreateSAMLProviderInput{Name: "mine", SAMLMetadataDocument: metadata})
	ctx, root := t.Context(), w.root(account)
	for _, arn := range []string{idpARN, strings.Replace(idpARN, account, foreign, 1), strings.Replace(idpARN, "idp", "MINE", 1), "twenty characters are enough"} {
		for action, got := range map[string]string{
			"Get":      answer(w.GetSAMLProvider(ctx, root, &GetSAMLProviderInput{arn})),
			"Update":   answer(w.UpdateSAMLProvider(ctx, root, &UpdateSAMLProviderInput{SAMLProviderArn: arn, SAMLMetadataDocument: metadata})),
			"Delete":   answer(w.DeleteSAMLProvider(ctx, root, &DeleteSAMLProviderInput{arn})),
			"Tag":      answer(w.TagSAMLProvider(ctx, root, &TagSAMLProviderInput{arn, tags("a=1")})),
			"Untag":    answer(w.UntagSAMLProvider(ctx, root, &UntagSAMLProviderInput{arn, []string{"a"}})),
			"ListTags": answer(w.ListSAMLProviderTags(ctx, root, &ListSAMLProviderTagsInput{SAMLProviderArn: arn})),
		} {
			if want := "404 NoSuchEntity: Manifest not found for arn " + arn; got != want {
				t.Errorf("%s: got %s, want %s", action, got, want)
			}
		}
	}
}

// Two who make a provider of the same name at once: one does.
func TestSAMLProviderRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	metadata := newMetadata(t, "")
	answers := make(chan string)
	for range 4 {
		go func() {
			answers <- answer(w.CreateSAMLProvider(t.Context(), w.root(account), &CreateSAMLProviderInput{Name: "idp", SAMLMetadataDocument: metadata}))
		}()
	}
	count := map[string]int{}
	for range 4 {
		count[<-answers]++
	}
	if diff := cmp.Diff(map[string]int{"ok": 1, "409 EntityAlreadyExists: Provider with name idp already exists.": 3}, count); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever the database says when it fails, the client learns nothing of it.
func TestProviderInternalFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	metadata := newMetadata(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root := w.root(account)
	for name, got := range map[string]string{
		"CreateOpenIDConnectProvider":             answer(w.CreateOpenIDConnectProvider(ctx, root, &CreateOpenIDConnectProviderInput{Url: issuer})),
		"GetOpenIDConnectProvider":                answer(w.GetOpenIDConnectProvider(ctx, root, &GetOpenIDConnectProviderInput{})),
		"ListOpenIDConnectProviders":              answer(w.ListOpenIDConnectProviders(ctx, root, &ListOpenIDConnectProvidersInput{})),
		"DeleteOpenIDConnectProvider":             answer(w.DeleteOpenIDConnectProvider(ctx, root, &DeleteOpenIDConnectProviderInput{})),
		"AddClientIDToOpenIDConnectProvider":      answer(w.AddClientIDToOpenIDConnectProvider(ctx, root, &AddClientIDToOpenIDConnectProviderInput{})),
		"RemoveClientIDFromOpenIDConnectProvider": answer(w.RemoveClientIDFromOpenIDConnectProvider(ctx, root, &RemoveClientIDFromOpenIDConnectProviderInput{})),
		"UpdateOpenIDConnectProviderThumbprint":   answer(w.UpdateOpenIDConnectProviderThumbprint(ctx, root, &UpdateOpenIDConnectProviderThumbprintInput{})),
		"TagOpenIDConnectProvider":                answer(w.TagOpenIDConnectProvider(ctx, root, &TagOpenIDConnectProviderInput{})),
		"UntagOpenIDConnectProvider":              answer(w.UntagOpenIDConnectProvider(ctx, root, &UntagOpenIDConnectProviderInput{})),
		"ListOpenIDConnectProviderTags":           answer(w.ListOpenIDConnectProviderTags(ctx, root, &ListOpenIDConnectProviderTagsInput{})),
		"CreateSAMLProvider":                      answer(w.CreateSAMLProvider(ctx, root, &CreateSAMLProviderInput{Name: "idp", SAMLMetadataDocument: metadata})),
		"GetSAMLProvider":                         answer(w.GetSAMLProvider(ctx, root, &GetSAMLProviderInput{})),
		"ListSAMLProviders":                       answer(w.ListSAMLProviders(ctx, root, &ListSAMLProvidersInput{})),
		"UpdateSAMLProvider":                      answer(w.UpdateSAMLProvider(ctx, root, &UpdateSAMLProviderInput{SAMLMetadataDocument: metadata})),
		"DeleteSAMLProvider":                      answer(w.DeleteSAMLProvider(ctx, root, &DeleteSAMLProviderInput{})),
		"TagSAMLProvider":                         answer(w.TagSAMLProvider(ctx, root, &TagSAMLProviderInput{})),
		"UntagSAMLProvider":                       answer(w.UntagSAMLProvider(ctx, root, &UntagSAMLProviderInput{})),
		"ListSAMLProviderTags":                    answer(w.ListSAMLProviderTags(ctx, root, &ListSAMLProviderTagsInput{})),
		"SimulatePrincipalPolicy":                 answer(w.SimulatePrincipalPolicy(ctx, root, &SimulatePrincipalPolicyInput{PolicySourceArn: "arn:aws:iam::111111111111:user/alice"})),
		"GetContextKeysForPrincipalPolicy":        answer(w.GetContextKeysForPrincipalPolicy(ctx, root, &GetContextKeysForPrincipalPolicyInput{PolicySourceArn: "arn:aws:iam::111111111111:user/alice"})),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, got, "500 InternalFailure: An internal error has occurred.")
		})
	}
}
