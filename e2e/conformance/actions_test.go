package conformance

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

// docs/compatibility.md counts our actions against lists of AWS's. They are those of the SDK that the tests here use: a
// newer one brings newer lists.
func TestListsOfActions(t *testing.T) {
	t.Parallel()
	for service, client := range map[string]reflect.Type{
		"iam": reflect.TypeFor[*sdkiam.Client](),
		"sts": reflect.TypeFor[*sdksts.Client](),
	} {
		var want []string
		for i := range client.NumMethod() {
			if name := client.Method(i).Name; name != "Options" {
				want = append(want, name)
			}
		}
		slices.Sort(want)
		text, err := os.ReadFile("../../internal/operation/testdata/" + service + "_actions.txt")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, strings.Fields(string(text))); diff != "" {
			t.Errorf("the actions of %s (-SDK +list):\n%s", service, diff)
		}
	}
}
