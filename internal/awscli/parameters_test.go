package awscli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// What the transcripts of cmd/daypass can't have, since the AWS CLI's words are another language's.
func TestUnpackRefusals(t *testing.T) {
	t.Parallel()
	latin := filepath.Join(t.TempDir(), "latin")
	if err := os.WriteFile(latin, []byte("\xe9"), 0o600); err != nil {
		t.Fatal(err)
	}
	tags := descriptions["AssumeRole"].input.member("Tags").Shape
	tests := []struct {
		name  string
		shape *Shape
		given []string
		want  string
	}{
		{"no number", &Shape{Kind: Integer}, []string{"abc"}, `Error parsing parameter '--x': "abc" is no whole number`},
		{"fraction", &Shape{Kind: Integer}, []string{"1.5"}, "is no whole number"},
		{"nothing", &Shape{Kind: Integer}, []string{""}, "is no whole number"},
		{"no end", &Shape{Kind: String}, []string{"file:///dev/zero"}, "Unable to load paramfile file:///dev/zero: more than 1048576 bytes"},
		{"no file", &Shape{Kind: String}, []string{"file:///no/such/file"}, "Unable to load paramfile file:///no/such/file: "},
		{"file of bytes", &Shape{Kind: String}, []string{"file://" + latin}, "could not be decoded"},
		{"binary", &Shape{Kind: String}, []string{"fileb://" + latin}, "STS has no binary parameters"},
		{"broken JSON", tags, []string{"[{"}, "Invalid JSON: "},
		{"JSON too deep", tags, []string{strings.Repeat("[", 20000)}, "Invalid JSON: "},
		{"two JSON lists", tags, []string{"[]", "[]"}, "is one argument, not 2"},
		{"broken shorthand", tags, []string{"Key=a,Value='b"}, "Expected: '<singled quoted>', received: '<none>' for input:\nKey=a,Value='b\n            ^"},
		{"on a later line", tags, []string{"Key=a,\nValue==b,\n"}, "Key=a,\nValue==b,\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			value, err := unpack("--x", test.shape, test.given)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, %v; want %q", value, err, test.want)
			}
		})
	}
}

func TestFileValues(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("NAME", "policy")
	if err := os.WriteFile(filepath.Join(dir, "policy.json"), []byte("{\r\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, given := range []string{"file://" + dir + "/policy.json", "file://~/policy.json", "file://~/${NAME}.json"} {
		value, err := unpack("--policy", &Shape{Kind: String}, []string{given})
		if err != nil || value != "{\n}\n" {
			t.Errorf("%s: %q, %v", given, value, err)
		}
	}
}

func TestSpellOut(t *testing.T) {
	t.Parallel()
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	for name, kind := range map[string]Kind{"tags": List, "token-code": String, "task-policy-arn": Structure} {
		flags.Var(&parameterValue{kind: kind}, name, "")
	}
	flags.Bool("debug", false, "")
	flags.String("skeleton", "", "")
	flags.Lookup("skeleton").NoOptDefVal = "input"
	tests := []struct {
		arguments string
		want      []string
		fault     string
	}{
		{"--token-code 123456 --debug", []string{"--token-code=123456", "--debug=true"}, ""},
		{"--token-code=--x --deb", []string{"--token-code=--x", "--debug=true"}, ""},
		{"--tags a b --token-code -5", []string{"--tags=a\x00b", "--token-code=-5"}, ""},
		{"--tags --debug", []string{"--tags=\x00", "--debug=true"}, ""},
		{"--skeleton", []string{"--skeleton=input"}, ""},
		{"--skeleton output", []string{"--skeleton=output"}, ""},
		{"--skeleton --debug", []string{"--skeleton=input", "--debug=true"}, ""},
		{"help", []string{"--help"}, ""},
		{"--token-code --debug", nil, "argument --token-code: expected one argument"},
		{"--debug=no", nil, "argument --debug: ignored explicit argument 'no'"},
		{"--ta x", nil, "ambiguous option: --ta could match --tags, --task-policy-arn"},
		{"--nope --debug x -y", nil, "Unknown options: --nope, x, -y"},
	}
	for _, test := range tests {
		got, err := SpellOut(flags, strings.Fields(test.arguments))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.arguments, diff)
		}
		if fault := ""; err != nil {
			fault = err.Error()
			if fault != test.fault {
				t.Errorf("%s: %q, want %q", test.arguments, fault, test.fault)
			}
		} else if test.fault != "" {
			t.Errorf("%s: no error, want %q", test.arguments, test.fault)
		}
	}
}

func FuzzShorthand(f *testing.F) {
	for _, seed := range []string{"Key=a,Value=b", `Key="a b",Value='c'`, "a=[b,{c=d}],e=f,g,h=i", `a=b\,c,d`, "a=b,\nc==d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := parseShorthand(text)
		if err != nil {
			_ = err.Error() // which looks for the place of the fault
		} else if o == nil {
			t.Error("neither a value nor an error")
		}
	})
}

func FuzzInput(f *testing.F) {
	f.Add(`{"Tags": [{"Key": "a", "Value": 1.5}], "RoleArn": null}`)
	f.Add("Tags:\n- Key: a\n  Value: 0x10\nRoleArn: ~\n")
	f.Fuzz(func(_ *testing.T, text string) {
		for _, parse := range []func(string) (any, error){parseJSON, parseYAML} {
			value, err := parse(text)
			if o, ok := value.(*object); ok && err == nil {
				_ = validate(o, descriptions["AssumeRole"].input) // it only must not panic
			}
		}
	})
}
