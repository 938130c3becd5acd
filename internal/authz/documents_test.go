package authz

import (
	"strings"
	"testing"

	"github.com/daypass/daypass/policy"
)

// TestDocumentsAreBounded shows that a document is parsed once, and that no number of great ones is kept: whoever may write
// policies can pad each with white space, which counts for no quota.
func TestDocumentsAreBounded(t *testing.T) {
	t.Parallel()
	const text = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
	d := newDocuments()
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
