package awscli

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Operation is an action of STS.
type Operation struct {
	Name string // AWS's: GetSessionToken
	description
	call func(context.Context, *sts.Client, *object) (reflect.Value, error)
}

// Operations returns those of STS, in the order of the alphabet.
func Operations() []*Operation {
	return []*Operation{
		operation("AssumeRole", (*sts.Client).AssumeRole),
		operation("AssumeRoleWithSAML", (*sts.Client).AssumeRoleWithSAML),
		operation("AssumeRoleWithWebIdentity", (*sts.Client).AssumeRoleWithWebIdentity),
		operation("AssumeRoot", (*sts.Client).AssumeRoot),
		operation("DecodeAuthorizationMessage", (*sts.Client).DecodeAuthorizationMessage),
		operation("GetAccessKeyInfo", (*sts.Client).GetAccessKeyInfo),
		operation("GetCallerIdentity", (*sts.Client).GetCallerIdentity),
		operation("GetDelegatedAccessToken", (*sts.Client).GetDelegatedAccessToken),
		operation("GetFederationToken", (*sts.Client).GetFederationToken),
		operation("GetSessionToken", (*sts.Client).GetSessionToken),
		operation("GetWebIdentityToken", (*sts.Client).GetWebIdentityToken),
	}
}

func operation[I, O any](name string, method func(*sts.Client, context.Context, *I, ...func(*sts.Options)) (*O, error)) *Operation {
	return &Operation{name, descriptions[name], func(ctx context.Context, client *sts.Client, parameters *object) (reflect.Value, error) {
		input := new(I)
		fill(reflect.ValueOf(input).Elem(), parameters)
		output, err := method(client, ctx, input)
		return reflect.ValueOf(output), err
	}}
}

// Command is the operation's name on the command line: get-session-token.
func (op *Operation) Command() string { return kebab(op.Name) }

// Doc says in a paragraph what the operation does.
func (op *Operation) Doc() string { return op.doc }

// fieldOf is the field of an SDK's struct that holds a member.
func fieldOf(v reflect.Value, member string) reflect.Value {
	return v.FieldByName(strings.ToUpper(member[:1]) + member[1:])
}

// fill gives an SDK's struct, list or pointer to one of them or to a scalar a value that has passed validation.
func fill(to reflect.Value, value any) {
	if to.Kind() == reflect.Pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	switch value := value.(type) {
	case *object:
		for _, f := range value.fields {
			fill(fieldOf(to, f.key), f.value)
		}
	case []any:
		to.Set(reflect.MakeSlice(to.Type(), len(value), len(value)))
		for i, element := range value {
			fill(to.Index(i), element)
		}
	case json.Number:
		n, _ := value.Int64() // validated
		to.SetInt(n)
	case string:
		to.SetString(value)
	}
}

// timestamps are printed in the zone that the service wrote them in, UTC, which has no Z then.
const (
	timestampFormat         = "2006-01-02T15:04:05-07:00"
	timestampFormatFraction = "2006-01-02T15:04:05.000000-07:00"
)

// answer makes of an SDK's struct what is printed and asked by JMESPath: maps without what is missing, strings, and numbers
// as float64.
func answer(v reflect.Value, shape *Shape) any {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch shape.Kind {
	case Structure:
		m := map[string]any{}
		for _, member := range shape.Members {
			if field := fieldOf(v, member.Name); !field.IsNil() {
				m[member.Name] = answer(field, member.Shape)
			}
		}
		return m
	case List:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = answer(v.Index(i), shape.Element)
		}
		return list
	case Integer:
		return float64(v.Int())
	case Timestamp:
		t := v.Interface().(time.Time)
		if t.Nanosecond() != 0 {
			return t.Format(timestampFormatFraction)
		}
		return t.Format(timestampFormat)
	case String:
	}
	return v.String()
}
