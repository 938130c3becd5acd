package authz

import (
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// TestDocumentsAreBounded shows that a document is parsed once, and that no number of great ones is kept: whoever may write
// policies can pad each with white space, which counts for no quota.
func TestDocumentsAreBounded(t *testing.T) {
	t.Parallel()
	const text = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
	d := newDocuments(maxDocuments)
	parse := func(text string) *policy.Policy {
		p, err := d.parse(policy.ManagedPolicy, text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if first := parse(text); parse(text) != first {
		t.Error("parsed twice")
	}
	padding := strings.Repeat(" ", 130_000)
	for i := range 2 * maxDocuments / len(padding) {
		parse(text + padding[i:])
		kept := 0
		for document := range d.parsed {
			kept += len(document.text)
		}
		if kept > maxDocuments {
			t.Fatalf("%d bytes of documents are kept", kept)
		}
	}
}

// TestSessionPoliciesPushOutNoOthers shows that what whoever may assume a role writes takes no place of what administrators
// write.
func TestSessionPoliciesPushOutNoOthers(t *testing.T) {
	t.Parallel()
	const text = `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
	a := New(new(store.Store))
	kept, err := a.documents.parse(policy.InlinePolicy, text)
	if err != nil {
		t.Fatal(err)
	}
	padding := strings.Repeat(" ", 60_000)
	for i := range 2 * maxDocuments / len(padding) {
		caller := aws.Caller{Session: &aws.Session{Policy: text + padding[i:]}}
		if bounded, err := a.inSession(t.Context(), aws.Call{Caller: caller}, &grants{}); err != nil || bounded.policies.Session[0].Policy == nil {
			t.Fatalf("%+v, %v", bounded, err)
		}
		if a.bounds.size > maxBounds {
			t.Fatalf("%d bytes of session policies are kept", a.bounds.size)
		}
	}
	if again, err := a.documents.parse(policy.InlinePolicy, text); err != nil || again != kept {
		t.Error("it was pushed out")
	}
}
