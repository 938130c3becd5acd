package iam

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
)

// ContextEntry is a condition key with its values, as a simulated request would have it.
type ContextEntry struct {
	ContextKeyName   string `minlen:"5" maxlen:"256"`
	ContextKeyValues []string
	ContextKeyType   string `enum:"string,stringList,numeric,numericList,boolean,booleanList,ip,ipList,binary,binaryList,date,dateList"`
}

// typeOperators are the operators that read the values of a type.
var typeOperators = map[string]string{
	"string":  "StringEquals",
	"numeric": "NumericEquals",
	"boolean": "Bool",
	"ip":      "IpAddress",
	"binary":  "BinaryEquals",
	"date":    "DateEquals",
}

// setContext checks the context entries and takes them over. Nothing is added to them: a key that is not given is missing.
func (sim *simulation) setContext(entries []ContextEntry) error {
	sim.context = make(policy.Context, len(entries))
	for _, entry := range entries {
		if err := entry.check(); err != nil {
			return err
		}
		key := strings.ToLower(entry.ContextKeyName)
		if _, twice := sim.context[key]; twice {
			return aws.Errorf(aws.InvalidInput, "ContextKeyName %s is there more than once.", entry.ContextKeyName)
		}
		sim.context[key] = slices.Clone(entry.ContextKeyValues)
		for _, value := range entry.ContextKeyValues {
			sim.compared += len(value) + valueCost
		}
	}
	return nil
}

func (e *ContextEntry) check() error {
	if e.ContextKeyName == "" || e.ContextKeyType == "" {
		return aws.Errorf(aws.InvalidInput, "ContextEntries must have ContextKeyName and ContextKeyType.")
	}
	kind, list := strings.CutSuffix(e.ContextKeyType, "List")
	if !list && len(e.ContextKeyValues) != 1 {
		return aws.Errorf(aws.InvalidInput, "ContextKeyValues of %s must have one value of type %s.", e.ContextKeyName, e.ContextKeyType)
	}
	for _, value := range e.ContextKeyValues {
		if !readable(typeOperators[kind], value) {
			return aws.Errorf(aws.InvalidInput, "ContextKeyValues of %s is not of type %s: %s.", e.ContextKeyName, e.ContextKeyType, aws.Echo(value))
		}
	}
	return nil
}

// readable says whether an operator can read a value. The engine is asked: what it could not read would silently match
// nothing.
func readable(operator, value string) bool {
	if operator == "StringEquals" {
		return true
	}
	if operator == "IpAddress" && strings.Contains(value, "/") {
		return false // policies may name networks, but requests come from an address
	}
	text, err := json.Marshal(value)
	if err != nil {
		return false
	}
	_, err = policy.Parse(policy.InlinePolicy, fmt.Sprintf(
		`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{%q:{"aws:value":%s}}}}`, operator, text))
	return err == nil
}
