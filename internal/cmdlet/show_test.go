package cmdlet

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFormatter(t *testing.T) {
	t.Parallel()
	first := Credentials{
		AccessKeyId: "ASIAEXAMPLEACCESSKEY", Expiration: time.Date(2015, 2, 16, 21, 12, 28, 0, time.Local),
		SecretAccessKey: "exampleSecretAccessKey/exampleSecretAcce", SessionToken: "SamPleTokeN+" + strings.Repeat("x", 30),
	}
	second := first
	second.AccessKeyId, second.Expiration = "ASIA2", first.Expiration.Add(13*time.Hour)
	tests := []struct {
		name   string
		format string
		width  int
		want   string
	}{
		{"no console", "", 0, `AccessKeyId          Expiration           SecretAccessKey                          SessionToken
-----------          ----------           ---------------                          ------------
ASIAEXAMPLEACCESSKEY 2/16/2015 9:12:28 PM exampleSecretAccessKey/exampleSecretAcce SamPleTokeN+xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
ASIA2                2/17/2015 10:12:28 AM exampleSecretAccessKey/exampleSecretAcce SamPleTokeN+xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
`},
		{"console", "Table", 100, `
AccessKeyId              Expiration               SecretAccessKey          SessionToken
-----------              ----------               ---------------          ------------
ASIAEXAMPLEACCESSKEY     2/16/2015 9:12:28 PM     exampleSecretAccessKe... SamPleTokeN+xxxxxxxxx...
ASIA2                    2/17/2015 10:12:28 AM    exampleSecretAccessKe... SamPleTokeN+xxxxxxxxx...

`},
		{"narrow console", "", 24, `
Ac... Ex... Se... Se...
----- ----- ----- -----
AS... 2/... ex... Sa...
ASIA2 2/... ex... Sa...

`},
		{"odd width", "", 26, `
Acc... Exp... Se... Se...
------ ------ ----- -----
ASI... 2/1... ex... Sa...
ASIA2  2/1... ex... Sa...

`},
		{"hardly a console", "", 3, "\nA E S S\n- - - -\nA 2 e S\nA 2 e S\n\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			f := NewFormatter(&out, Arguments{"OutputFormat": test.format}, test.width)
			for _, c := range []Credentials{first, second} {
				if err := f.Write(c); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestFormatterJSON(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	f := NewFormatter(&out, Arguments{"OutputFormat": "JSON"}, 80)
	at := time.Date(2015, 2, 16, 22, 12, 28, 0, time.FixedZone("", 3600))
	for _, id := range []string{"ASIA1", "ASIA2"} {
		if err := f.Write(Credentials{AccessKeyId: id, Expiration: at, SecretAccessKey: "a+/", SessionToken: "b=="}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	want := `{"AccessKeyId":"ASIA1","Expiration":"2015-02-16T21:12:28Z","SecretAccessKey":"a+/","SessionToken":"b=="}
{"AccessKeyId":"ASIA2","Expiration":"2015-02-16T21:12:28Z","SecretAccessKey":"a+/","SessionToken":"b=="}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Without an object there is nothing to write.
func TestFormatterOfNothing(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := NewFormatter(&out, nil, 80).Close(); err != nil || out.Len() > 0 {
		t.Errorf("%q, %v", &out, err)
	}
}
