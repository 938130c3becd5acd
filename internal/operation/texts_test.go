//go:build unix

package operation_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/authmessage"
	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/oidc"
	"github.com/daypass/daypass/internal/operation"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/sessiontoken"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/store/pgtest"
	"github.com/daypass/daypass/internal/store/storetest"
	"github.com/daypass/daypass/internal/sts"
	"github.com/daypass/daypass/internal/webidentity"
)

var postgres pgtest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

const (
	account = "123456789012"
	iamARN  = "arn:aws:iam::" + account + ":"
)

// samples are values that get a request as far as the database. Those of members that are not here get no further.
var samples = map[string]string{
	"Arn": iamARN + "user/nobody", "PolicySourceArn": iamARN + "user/nobody", "CallerArn": iamARN + "user/nobody",
	"PolicyArn": iamARN + "policy/none", "PermissionsBoundary": iamARN + "policy/none",
	"OpenIDConnectProviderArn": iamARN + "oidc-provider/none.example", "SAMLProviderArn": iamARN + "saml-provider/none",
	"SerialNumber": iamARN + "mfa/none", "Url": "https://none.example", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
	"AuthenticationCode1": "123456", "AuthenticationCode2": "123457", "VersionId": "v1", "Status": "Active", "Path": "/",
	"ActionNames": "iam:GetUser", "ServiceNamespaces": "iam", "ThumbprintList": strings.Repeat("a", 40),
	"SAMLMetadataDocument": strings.Repeat("x", 1000), "OldPassword": "Passw0rd!", "NewPassword": "Passw0rd!",
	"PolicyDocument":           `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`,
	"PolicyInputList":          `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`,
	"AssumeRolePolicyDocument": trusting(account),
	"ContextKeyName":           "aws:UserAgent", "ContextKeyType": "string", "RoleArn": iamARN + "role/none", "WebIdentityToken": "a.b.c",
	"PrincipalArn": iamARN + "saml-provider/none", "SAMLAssertion": "PHg+PC94Pg==", "TargetPrincipal": account,
	"arn":              "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
	"SigningAlgorithm": "ES384", "DelegationRequestId": "00000000-0000-4000-8000-000000000000", "NotificationChannel": "daypass:poll",
	"PolicyTemplateArn": "arn:aws:iam::aws:policy/AdministratorAccess", "TradeInToken": "00000000-0000-4000-8000-000000000000",
}

func trusting(principal string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"` + principal + `"}}}`
}

// spoiled are ends that PostgreSQL or SQL may stumble over.
var spoiled = []string{"\x00", "a\x00b", "\u0001", "\ufffd", "\uffff", "\U0010ffff", "'", `\`, `\x00`, "%", "é"}

// TestNoTextIsAnInternalFailure puts odd characters into every member of every operation's input, one at a time. Whatever
// the database can't keep, or look for, must be refused before it is asked: a client's fault is no failure of ours.
func TestNoTextIsAnInternalFailure(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(testing.TB) string{
		"SQLite":     func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "daypass.db") },
		"PostgreSQL": postgres.Database,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := newTable(t, address(t))
			for o := range table.All() {
				refusal := invoke(t, table, o, baseline(o.Input))
				if refusal != nil && (refusal.Code == aws.MalformedInput || strings.Contains(refusal.Message, "validation error")) {
					t.Errorf("%s gets no further than its input: %v", o.Name, refusal)
				}
				for _, p := range textMembers(o.Input, "") {
					for _, end := range spoiled {
						try(t, table, o, p, end)
					}
				}
			}
			for _, principal := range []string{iamARN + `user/a\u0000b`, iamARN + `role/\u0000`, `AIDA\u0000`, `AROA\u0000`, `arn:aws:iam::\u0000:user/a`} {
				for _, action := range []string{"CreateRole", "UpdateAssumeRolePolicy"} {
					o, _ := table.Find("iam", action, "2010-05-08", true)
					form := baseline(o.Input)
					for _, member := range []string{"AssumeRolePolicyDocument", "PolicyDocument"} {
						if form.Has(member) {
							form.Set(member, trusting(principal))
						}
					}
					_ = invoke(t, table, o, form)
				}
			}
		})
	}
}

func newTable(t *testing.T, database string) *operation.Table {
	t.Helper()
	ctx, now := context.Background(), time.Unix(1_800_000_000, 0)
	st, err := store.Open(ctx, store.Options{URL: database, SealingKey: storetest.KeyFile(t)}, now)
	if err != nil {
		t.Fatal(err)
	}
	log := audit.New(nopCloser{io.Discard})
	t.Cleanup(func() { _, _ = log.Close(), st.Close() })
	if err := st.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: account, CreatedAt: store.Time{Time: now}, Management: 1})
	}); err != nil {
		t.Fatal(err)
	}
	tokens, err := store.NewKeyring(ctx, st, "session tokens", sessiontoken.NewRing, now)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := store.NewKeyring(ctx, st, "authorization messages", authmessage.NewRing, now)
	if err != nil {
		t.Fatal(err)
	}
	authorizer, issuers := authz.New(st), webidentity.New(st, "https://sts.example")
	return operation.NewTable(log, authorizer,
		&sts.Service{
			Store: st, Tokens: tokens, Messages: messages, Authorizer: authorizer, WebIdentities: oidc.New(oidc.Config{}), Issuers: issuers,
		},
		&iam.Service{Store: st, Authorizer: authorizer, Issuers: issuers})
}

// textMembers are the names on the wire of all that is text in a struct, the first element of each list.
func textMembers(of reflect.Type, path string) (names []string) {
	for i := range of.NumField() {
		field := of.Field(i)
		if field.Tag.Get("wire") == "-" {
			continue
		}
		typ, name := field.Type, path+wireName(field)
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() == reflect.Slice && typ.Elem().Kind() != reflect.Uint8 {
			typ, name = typ.Elem(), name+".member.1"
		}
		switch {
		case field.Anonymous:
			names = append(names, textMembers(typ, path)...)
		case typ.Kind() == reflect.Struct && typ != reflect.TypeFor[time.Time]():
			names = append(names, textMembers(typ, name+".")...)
		case typ.Kind() == reflect.String:
			names = append(names, name)
		}
	}
	return names
}

// baseline is a request with all that is required.
func baseline(of reflect.Type) url.Values {
	form := url.Values{}
	for i := range of.NumField() {
		field := of.Field(i)
		if field.Anonymous {
			for name, values := range baseline(field.Type) {
				form[name] = values
			}
		}
		if field.Tag.Get("required") != "true" && field.Name != "Password" {
			continue
		}
		switch field.Type.Kind() {
		case reflect.Slice:
			if element := field.Type.Elem(); element.Kind() == reflect.Struct {
				for name := range baseline(element) {
					form.Set(field.Name+".member.1."+name, "k")
				}
				continue
			}
			form.Set(field.Name+".member.1", sample(field.Name))
		case reflect.Struct:
			for i := range field.Type.NumField() {
				if inner := field.Type.Field(i); inner.Type.Kind() == reflect.String {
					form.Set(field.Name+"."+wireName(inner), sample(wireName(inner)))
				}
			}
		case reflect.Bool:
			form.Set(field.Name, "true")
		case reflect.Int32:
			form.Set(field.Name, "3600")
		default:
			form.Set(field.Name, sample(field.Name))
		}
	}
	return form
}

func wireName(field reflect.StructField) string {
	return cmp.Or(field.Tag.Get("wire"), field.Name)
}

func sample(member string) string {
	if text, ok := samples[member]; ok {
		return text
	}
	return "somebody"
}

func try(t *testing.T, table *operation.Table, o *operation.Operation, member, end string) {
	t.Helper()
	form := baseline(o.Input)
	name := strings.TrimSuffix(member, ".member.1")
	form.Set(member, sample(name[strings.LastIndexByte(name, '.')+1:])+end)
	if prefix, found := strings.CutSuffix(member, ".Key"); found {
		form.Set(prefix+".Value", "v")
	} else if prefix, found := strings.CutSuffix(member, ".Value"); found {
		form.Set(prefix+".Key", "k")
	}
	_ = invoke(t, table, o, form)
}

func invoke(t *testing.T, table *operation.Table, o *operation.Operation, form url.Values) *aws.Error {
	t.Helper()
	p, err := query.Parse("", []byte(form.Encode()))
	if refusal, ok := errors.AsType[*aws.Error](err); ok {
		if refusal.Status() >= 500 {
			t.Errorf("%s: %v", o.Name, refusal)
		}
		return refusal
	}
	call := aws.Call{
		Now:    time.Unix(1_800_000_000, 0),
		Caller: aws.Caller{Principal: aws.Principal{Type: aws.RootPrincipal, AccountID: account, ID: account}},
	}
	_, refusal := table.Invoke(context.Background(), call, o, p)
	if refusal != nil && refusal.Status() >= 500 {
		t.Errorf("%s: %s", o.Name, fmt.Sprint(refusal.Unwrap(), " for ", form))
	}
	return refusal
}
