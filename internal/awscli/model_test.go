package awscli

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

// The model that the tables come from and the SDK that makes the calls are raised by themselves: each must know what the other
// knows.
func TestModelIsTheSDKs(t *testing.T) {
	t.Parallel()
	client := reflect.TypeFor[*sts.Client]()
	var known []string
	for _, op := range Operations() {
		known = append(known, op.Name)
		method, ok := client.MethodByName(op.Name)
		if !ok || op.input == nil || op.doc == "" {
			t.Fatalf("%s: no such method of the SDK, or no description", op.Name)
		}
		compare(t, op.Name, op.input, method.Type.In(2).Elem())
		compare(t, op.Name, op.output, method.Type.Out(0).Elem())
	}
	if len(known) != len(descriptions) {
		t.Errorf("descriptions of %d operations, commands for %d", len(descriptions), len(known))
	}
	for i := range client.NumMethod() {
		method := client.Method(i)
		if method.Name != "Options" && !slices.Contains(known, method.Name) {
			t.Errorf("the SDK has %s", method.Name)
		}
	}
}

func compare(t *testing.T, name string, shape *Shape, typ reflect.Type) {
	t.Helper()
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	want := map[Kind]reflect.Type{
		String: reflect.TypeFor[string](), Integer: reflect.TypeFor[int32](), Timestamp: reflect.TypeFor[time.Time](),
	}[shape.Kind]
	switch {
	case shape.Kind == List:
		compare(t, name+"[]", shape.Element, typ.Elem())
	case shape.Kind != Structure:
		if typ != want {
			t.Errorf("%s: a %s in the model, a %s in the SDK", name, shape.Kind, typ)
		}
	default:
		var fields []string
		for i := range typ.NumField() {
			if f := typ.Field(i); f.IsExported() && f.Name != "ResultMetadata" {
				fields = append(fields, f.Name)
			}
		}
		var members []string
		for _, m := range shape.Members {
			field := strings.ToUpper(m.Name[:1]) + m.Name[1:]
			members = append(members, field)
			if f, ok := typ.FieldByName(field); ok {
				compare(t, name+"."+m.Name, m.Shape, f.Type)
			}
		}
		slices.Sort(fields)
		slices.Sort(members)
		if diff := cmp.Diff(fields, members); diff != "" {
			t.Errorf("%s (-SDK +model)\n%s", name, diff)
		}
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	var got []string
	for _, op := range Operations() {
		got = append(got, op.Command())
	}
	want := []string{
		"assume-role", "assume-role-with-saml", "assume-role-with-web-identity", "assume-root", "decode-authorization-message",
		"get-access-key-info", "get-caller-identity", "get-delegated-access-token", "get-federation-token", "get-session-token",
		"get-web-identity-token",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
