package policy

import (
	"io/fs"
	"os"
	"path"
	"testing"
)

// sampleGrammars are the directories of testdata/samples. The documents there are AWS's published examples: what people
// paste.
var sampleGrammars = map[string]Grammar{
	"managed":          ManagedPolicy,
	"trust":            TrustPolicy,
	"resource":         ResourcePolicy,
	"service-control":  ServiceControlPolicy,
	"resource-control": ResourceControlPolicy,
}

type sample struct {
	name     string
	grammar  Grammar
	document string
}

func samples(t testing.TB) []sample {
	t.Helper()
	var all []sample
	files := os.DirFS("testdata/samples")
	for dir, grammar := range sampleGrammars {
		names, err := fs.Glob(files, dir+"/*.json")
		if err != nil || len(names) == 0 {
			t.Fatalf("no samples in %s: %v", dir, err)
		}
		for _, name := range names {
			document, err := fs.ReadFile(files, name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, sample{name, grammar, string(document)})
		}
	}
	return all
}

func TestSamples(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			mustParse(t, s.grammar, s.document)
			// What is good for one kind of document is not silently good for another.
			_, managed := Parse(ManagedPolicy, s.document)
			_, trust := Parse(TrustPolicy, s.document)
			_, resource := Parse(ResourcePolicy, s.document)
			switch dir := path.Dir(s.name); {
			case (managed == nil) != (dir == "managed" || dir == "service-control"):
				t.Errorf("as a managed policy: %v", managed)
			case (trust == nil) != (dir == "trust"):
				t.Errorf("as a trust policy: %v", trust)
			case (resource == nil) != (dir == "resource" || dir == "resource-control"):
				t.Errorf("as a resource policy: %v", resource)
			}
		})
	}
}
