package cmdlet

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, words string // words have a | between them
		want        Arguments
		err         string // when it is refused
	}{
		{"nothing", "", Arguments{}, ""},
		{"names", "-DurationInSeconds|900|-SerialNumber|GAHT12345678|-TokenCode|123456", Arguments{
			"DurationInSeconds": "900", "SerialNumber": "GAHT12345678", "TokenCode": "123456",
		}, ""},
		{"case", "-DURATIONinseconds|900", Arguments{"DurationInSeconds": "900"}, ""},
		{"alias", "-DurationSeconds|900", Arguments{"DurationInSeconds": "900"}, ""},
		{"beginning of name and alias", "-d|900", Arguments{"DurationInSeconds": "900"}, ""},
		{"beginnings", "-ser|a|-t|123456|-sec|b|-a|c|-ses|d|-e|e|-r|f|-o|JSON", Arguments{
			"SerialNumber": "a", "TokenCode": "123456", "SecretKey": "b", "AccessKey": "c", "SessionToken": "d", "EndpointUrl": "e",
			"Region": "f", "OutputFormat": "JSON",
		}, ""},
		{"colon", "-SerialNumber:arn:aws:iam::123456789012:mfa/alice", Arguments{"SerialNumber": "arn:aws:iam::123456789012:mfa/alice"}, ""},
		{"colon and space", "-TokenCode:|123456", Arguments{"TokenCode": "123456"}, ""},
		{"dashes", "–TokenCode|123456|—ser|x|―r|y", Arguments{"TokenCode": "123456", "SerialNumber": "x", "Region": "y"}, ""},
		{"position", "900|x|123456", Arguments{"DurationInSeconds": "900", "SerialNumber": "x", "TokenCode": "123456"}, ""},
		{"position beside names", "-DurationInSeconds|900|x|-Region|r|123456", Arguments{
			"DurationInSeconds": "900", "SerialNumber": "x", "TokenCode": "123456", "Region": "r",
		}, ""},
		{"end of names", "-Region|r|--|900|x", Arguments{"Region": "r", "DurationInSeconds": "900", "SerialNumber": "x"}, ""},
		{"shortest and longest", "-d| 129600 ", Arguments{"DurationInSeconds": " 129600 "}, ""},
		{"value with dash", "-ses:-x|-a|b|-sec|-5", Arguments{"SessionToken": "-x", "AccessKey": "b", "SecretKey": "-5"}, ""},
		{"credential", "-Credential|env:AWS", Arguments{"Credential": "env:AWS"}, ""},
		{"network credential", "-NetworkCredential|alice|-ProfileName|p|-ProfileLocation|l", Arguments{
			"NetworkCredential": "alice", "ProfileName": "p", "ProfileLocation": "l",
		}, ""},

		{"unknown", "-Verbose", nil, "A parameter cannot be found that matches parameter name 'Verbose'."},
		{"longer than a name", "-TokenCodes|1", nil, "A parameter cannot be found that matches parameter name 'TokenCodes'."},
		{"equals sign", "-TokenCode=123456", nil, "A parameter cannot be found that matches parameter name 'TokenCode=123456'."},
		{"ambiguous", "-S|x", nil, "Parameter cannot be processed because the parameter name 'S' is ambiguous. " +
			"Possible matches include: -SerialNumber -SecretKey -SessionToken."},
		{"ambiguous profile", "-Profile|x", nil, "Parameter cannot be processed because the parameter name 'Profile' is ambiguous. " +
			"Possible matches include: -ProfileName -ProfileLocation."},
		{"no value", "-TokenCode", nil, "Missing an argument for parameter 'TokenCode'. Specify a parameter of type 'System.String' and try again."},
		{"no value after colon", "-TokenCode:", nil, "Missing an argument for parameter 'TokenCode'. Specify a parameter of type 'System.String' and try again."},
		{
			"name for a value", "-DurationInSeconds|-TokenCode|123456", nil,
			"Missing an argument for parameter 'DurationInSeconds'. Specify a parameter of type 'System.Int32' and try again.",
		},
		{
			"end of names for a value", "-Credential|--", nil,
			"Missing an argument for parameter 'Credential'. Specify a parameter of type 'Amazon.Runtime.AWSCredentials' and try again.",
		},
		{"twice", "-d|900|-DurationSeconds|901", nil, "Cannot bind parameter because parameter 'DurationInSeconds' is specified more than once. " +
			`To provide multiple values to parameters that can accept multiple values, use the array syntax. For example, "-parameter value1,value2,value3".`},
		{"one too many", "900|x|123456|more", nil, "A positional parameter cannot be found that accepts argument 'more'."},
		{
			"GNU's form", "--serial-number|x", nil,
			`Cannot bind parameter 'DurationInSeconds'. Cannot convert value "--serial-number" to type "System.Int32". ` +
				`Error: "The input string '--serial-number' was not in a correct format."`,
		},
		{"no number", "-d|1h", nil, `Cannot bind parameter 'DurationInSeconds'. Cannot convert value "1h" to type "System.Int32". ` +
			`Error: "The input string '1h' was not in a correct format."`},
		{"empty number", "-d|", nil, `Cannot bind parameter 'DurationInSeconds'. Cannot convert value "" to type "System.Int32". ` +
			`Error: "The input string '' was not in a correct format."`},
		{"large number", "-d|2147483648", nil, `Cannot bind parameter 'DurationInSeconds'. Cannot convert value "2147483648" to type "System.Int32". ` +
			`Error: "Value was either too large or too small for an Int32."`},
		{"short", "-d|899", nil, "Cannot validate argument on parameter 'DurationInSeconds'. The 899 argument is less than the minimum allowed " +
			"range of 900. Supply an argument that is greater than or equal to 900 and then try the command again."},
		{"long", "129601", nil, "Cannot validate argument on parameter 'DurationInSeconds'. The 129601 argument is greater than the maximum allowed " +
			"range of 129600. Supply an argument that is less than or equal to 129600 and then try the command again."},
		{"empty", "-Region||x", nil, "Cannot validate argument on parameter 'Region'. The argument is null or empty. " +
			"Provide an argument that is not null or empty, and then try the command again."},
		{"code", "-TokenCode|12345", nil, `Cannot validate argument on parameter 'TokenCode'. The argument "12345" does not match the "^[0-9]{6}\z" pattern. ` +
			`Supply an argument that matches "^[0-9]{6}\z" and try the command again.`},
		{"code with line", "-TokenCode|123456\n", nil, `Cannot validate argument on parameter 'TokenCode'. The argument "123456\n" does not match the "^[0-9]{6}\z" pattern. ` +
			`Supply an argument that matches "^[0-9]{6}\z" and try the command again.`},
		{"serial number with space", "900|GAHT 1", nil, `Cannot validate argument on parameter 'SerialNumber'. The argument "GAHT 1" does not match the ` +
			`"^[A-Za-z0-9_+=/:,.@-]+\z" pattern. Supply an argument that matches "^[A-Za-z0-9_+=/:,.@-]+\z" and try the command again.`},
		{"format", "-OutputFormat|xml", nil, `Cannot validate argument on parameter 'OutputFormat'. The argument "xml" does not belong to the set "table,json" ` +
			`specified by the ValidateSet attribute. Supply an argument that is in the set and then try the command again.`},
		{"key without secret", "-AccessKey|x", nil, "The parameters AccessKey and SecretKey have to be given together."},
		{"secret without key", "-SecretKey|x", nil, "The parameters AccessKey and SecretKey have to be given together."},
		{"token without key", "-SessionToken|x", nil, "The parameter SessionToken has to be given together with AccessKey and SecretKey."},
		{"key and profile", "-AccessKey|x|-SecretKey|y|-ProfileName|z", nil, twoWays},
		{"key and credential", "-AccessKey|x|-SecretKey|y|-Credential|z", nil, twoWays},
		{"credential and location", "-Credential|x|-ProfileLocation|z", nil, twoWays},
		{
			"network credential alone", "-NetworkCredential|x", nil,
			"The parameter NetworkCredential has to be given together with the ProfileName of a SAML role profile.",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := Bind(words(test.words))
			text := ""
			if err != nil {
				text = err.Error()
			}
			if diff := cmp.Diff(test.err, text); diff != "" {
				t.Errorf("refusal (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

const twoWays = "Credentials are given in more than one way: give AccessKey and SecretKey, or Credential, or a profile."

func words(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(joined, "|")
}

func TestWith(t *testing.T) {
	t.Parallel()
	given := Arguments{"Region": "r"}
	got, err := given.With("900")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Arguments{"Region": "r", "DurationInSeconds": "900"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got.Duration() != 900 || given.Duration() != 0 {
		t.Errorf("durations %d and %d, want 900 and none", got.Duration(), given.Duration())
	}
	if _, err := given.With("1h"); err == nil || !strings.Contains(err.Error(), `"1h"`) {
		t.Errorf("1h: %v", err)
	}
}

// FuzzBind holds the reading to this: whatever it accepts is the same when it is given name by name, with colons.
func FuzzBind(f *testing.F) {
	for _, seed := range []string{
		"", "900|x|123456", "-d:900|-ser|x", "--|900", "-|-5", "–TokenCode|123456", "-OutputFormat|json|-S", "-a|b|-sec:c", "-\xff|\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, joined string) {
		got, err := Bind(words(joined))
		if err != nil {
			if got != nil {
				t.Errorf("%q is refused and bound", joined)
			}
			return
		}
		var again []string
		for _, p := range Parameters() {
			if value, ok := got[p.Name]; ok {
				if err := p.check(value); err != nil {
					t.Errorf("%q bound what is not valid: %v", joined, err)
				}
				again = append(again, "-"+p.Name+":"+value)
			}
		}
		same, err := Bind(again)
		if err != nil {
			t.Fatalf("%q is not %q: %v", joined, again, err)
		}
		if diff := cmp.Diff(got, same); diff != "" {
			t.Errorf("%q is not %q (-joined +again)\n%s", joined, again, diff)
		}
	})
}
