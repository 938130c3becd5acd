// Package conformance compares what daypass knows of AWS's operations with AWS's own model.
package conformance

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/e2e/model"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/operation"
	"github.com/daypass/daypass/internal/sts"
)

// exceptions are the members where we differ from the model, and why. The model is that of the SDK's last version, of 2025.
var exceptions = map[string]string{
	"CreateLoginProfile.Password":                                                               "optional in newer models, for sessions of root",
	"CreateLoginProfile.UserName":                                                               "optional in newer models (aws-iam section 2.3)",
	"CreateSAMLProvider.AddPrivateKey":                                                          "newer than the model (aws-iam section 12)",
	"CreateSAMLProvider.AssertionEncryptionMode":                                                "newer than the model (aws-iam section 12)",
	"DeactivateMFADevice.UserName":                                                              "optional in newer models (aws-iam section 2.3)",
	"DeleteLoginProfile.UserName":                                                               "optional in newer models (aws-iam section 2.3)",
	"GetLoginProfile.UserName":                                                                  "optional in newer models (aws-iam section 2.3)",
	"GetSessionToken.MinimumSessionTokenSize":                                                   "newer than the model (spec section 12)",
	"AssumeRole.MinimumSessionTokenSize":                                                        "newer than the model (spec section 12)",
	"AssumeRoleWithSAML.MinimumSessionTokenSize":                                                "newer than the model (spec section 12)",
	"AssumeRoleWithWebIdentity.MinimumSessionTokenSize":                                         "newer than the model (spec section 12)",
	"GetFederationToken.MinimumSessionTokenSize":                                                "newer than the model (spec section 12)",
	"AssumeRole.ProvidedContexts[]":                                                             "newer models want one at least (spec section 5.1)",
	"ListServiceSpecificCredentials.AllUsers":                                                   "newer than the model",
	"ListServiceSpecificCredentials.Marker":                                                     "newer than the model",
	"ListServiceSpecificCredentials.MaxItems":                                                   "newer than the model",
	"SimulateCustomPolicy.OrderedOrganizationPolicyInputList[]":                                 "newer than the model: of July 2026",
	"SimulateCustomPolicy.OrderedOrganizationPolicyInputList[].ServiceControlPolicyInputList[]": "newer than the model: of July 2026",
	"UpdateAccessKey.Status":                                                                    "newer models have Expired too (aws-iam section 2.1)",
	"UpdateSAMLProvider.AddPrivateKey":                                                          "newer than the model (aws-iam section 12)",
	"UpdateSAMLProvider.AssertionEncryptionMode":                                                "newer than the model (aws-iam section 12)",
	"UpdateSAMLProvider.RemovePrivateKey":                                                       "newer than the model (aws-iam section 12)",
	"UpdateSAMLProvider.SAMLMetadataDocument":                                                   "optional in newer models (aws-iam section 12)",
}

// constraints are what a member's values have to meet, read from the model or from a struct's tags. A list's are those of
// its elements; how many there may be is in Items.
type constraints struct {
	Type          string
	Required      bool
	Range, Length bounds
	Items         bounds
	Pattern       string
	Enum          []string
}

type bounds struct{ Min, Max float64 }

var unbounded = bounds{math.Inf(-1), math.Inf(1)}

func TestInputsMatchTheModel(t *testing.T) {
	t.Parallel()
	want, got := inputs(t)
	for name, reason := range exceptions {
		if cmp.Equal(want[name], got[name]) {
			t.Errorf("%s is as in the model, and needs no exception any more: %s", name, reason)
		}
		delete(want, name)
		delete(got, name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("AWS's model (-) and our structs (+) differ:\n%s", diff)
	}
}

// inputs returns the members of all operations that we have, by their path: as AWS's model has them, and as we do.
func inputs(t *testing.T) (want, got map[string]constraints) {
	t.Helper()
	table := operation.NewTable(nil, nil, &sts.Service{}, &iam.Service{})
	want, got = make(map[string]constraints), make(map[string]constraints)
	for _, service := range []string{"sts", "iam"} {
		m, err := model.Load(service)
		if err != nil {
			t.Fatal(err)
		}
		before := len(got)
		for action := range m.Operations {
			if row, refusal := table.Find(service, action, m.Metadata.APIVersion, true); refusal == nil {
				fromModel(m, m.Input(action), action, want)
				fromStruct(t, row.Input, action, got)
			}
		}
		if len(got) == before {
			t.Errorf("no operation of %s was compared", service)
		}
	}
	return want, got
}

// fromModel collects the members of a structure by their path.
func fromModel(m *model.Service, shape model.Shape, path string, into map[string]constraints) {
	for name, reference := range shape.Members {
		member := m.Shapes[reference.Shape]
		c := constraints{Required: slices.Contains(shape.Required, name), Range: unbounded, Length: unbounded, Items: unbounded}
		if reference.LocationName != "" {
			name = reference.LocationName
		}
		name = path + "." + name
		if member.Type == "list" {
			c.Items = limits(member)
			member = m.Shapes[member.Member.Shape]
			name += "[]"
		}
		c.Type = member.Type
		switch member.Type {
		case "structure":
			fromModel(m, member, name, into)
		case "integer", "long":
			c.Type, c.Range = "integer", limits(member)
		case "string", "blob":
			c.Length = limits(member)
			c.Pattern, c.Enum = member.Pattern, slices.Sorted(slices.Values(member.Enum))
		}
		into[name] = c
	}
}

func limits(s model.Shape) bounds {
	b := unbounded
	if s.Min != nil {
		b.Min = *s.Min
	}
	if s.Max != nil {
		b.Max = *s.Max
	}
	// That nothing is shorter than 0 is said by some shapes and not by others.
	if b.Min == 0 && s.Type != "integer" {
		b.Min = math.Inf(-1)
	}
	return b
}

// fromStruct collects the fields of a struct by their path, from their tags.
func fromStruct(t *testing.T, structure reflect.Type, path string, into map[string]constraints) {
	t.Helper()
	for _, field := range reflect.VisibleFields(structure) {
		if field.Anonymous || field.Tag.Get("wire") == "-" {
			continue
		}
		c := constraints{
			Required: field.Tag.Get("required") == "true",
			Range:    tagged(t, field, "min", "max"),
			Length:   tagged(t, field, "minlen", "maxlen"),
			Items:    tagged(t, field, "minitems", "maxitems"),
			Pattern:  field.Tag.Get("pattern"),
		}
		if enum := field.Tag.Get("enum"); enum != "" {
			c.Enum = slices.Sorted(slices.Values(strings.Split(enum, ",")))
		}
		name := path + "." + field.Name
		if wire := field.Tag.Get("wire"); wire != "" {
			name = path + "." + wire
		}
		kind := field.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		if kind.Kind() == reflect.Slice && kind.Elem().Kind() != reflect.Uint8 {
			kind = kind.Elem()
			name += "[]"
		}
		c.Type = typeName(t, kind)
		if c.Type == "structure" {
			fromStruct(t, kind, name, into)
		}
		into[name] = c
	}
}

func tagged(t *testing.T, field reflect.StructField, minimum, maximum string) bounds {
	t.Helper()
	b := unbounded
	for key, bound := range map[string]*float64{minimum: &b.Min, maximum: &b.Max} {
		text, ok := field.Tag.Lookup(key)
		if !ok || (text == "0" && key != "min") {
			continue // see limits
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Errorf("%s: %v", field.Name, err)
		}
		*bound = n
	}
	return b
}

func typeName(t *testing.T, kind reflect.Type) string {
	t.Helper()
	switch {
	case kind == reflect.TypeFor[time.Time]():
		return "timestamp"
	case kind == reflect.TypeFor[[]byte]():
		return "blob"
	}
	names := map[reflect.Kind]string{
		reflect.String: "string", reflect.Bool: "boolean", reflect.Int32: "integer", reflect.Int64: "integer", reflect.Struct: "structure",
	}
	name, ok := names[kind.Kind()]
	if !ok {
		t.Errorf("a field of type %s, which no request can carry", kind)
	}
	return name
}
