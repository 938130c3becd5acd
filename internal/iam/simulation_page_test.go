package iam

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestSimulationPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := &SimulateCustomPolicyInput{PolicyInputList: []string{allowGet}, SimulationInput: SimulationInput{
		ActionNames: []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, ResourceArns: []string{"arn:aws:s3:::b/1", "arn:aws:s3:::b/2"},
	}}
	whole := verdicts(must(w.SimulateCustomPolicy(t.Context(), w.root(account), in))(t))
	for _, size := range []int32{1, 2, 4, 5, 6, 7} {
		in.MaxItems, in.Marker = size, ""
		var pages []string
		for {
			out := must(w.SimulateCustomPolicy(t.Context(), w.root(account), in))(t)
			pages = append(pages, verdicts(out))
			if out.IsTruncated != (out.Marker != "") || len(out.EvaluationResults) > int(size) {
				t.Errorf("%d results, truncated %v, marker %q", len(out.EvaluationResults), out.IsTruncated, out.Marker)
			}
			if in.Marker = out.Marker; !out.IsTruncated {
				break
			}
		}
		if got := strings.Join(pages, "\n"); got != whole || len(pages) != int((6+size-1)/size) {
			t.Errorf("pages of %d:\n%s", size, got)
		}
	}
	in.MaxItems, in.Marker = 1, ""
	marker := must(w.SimulateCustomPolicy(t.Context(), w.root(account), in))(t).Marker
	forged, err := newPage("", 0, "SimulateCustomPolicy", strings.Join(in.ActionNames, " "), strings.Join(in.ResourceArns, " "))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*SimulateCustomPolicyInput){
		"of other actions":   func(in *SimulateCustomPolicyInput) { in.Marker, in.ActionNames = marker, in.ActionNames[1:] },
		"of other resources": func(in *SimulateCustomPolicyInput) { in.Marker, in.ResourceArns = marker, nil },
		"beyond the end":     func(in *SimulateCustomPolicyInput) { in.Marker = forged.markerOf("6") },
		"before the start":   func(in *SimulateCustomPolicyInput) { in.Marker = forged.markerOf("-1") },
		"no number":          func(in *SimulateCustomPolicyInput) { in.Marker = forged.markerOf("x") },
	} {
		other := *in
		change(&other)
		if got := answer(w.SimulateCustomPolicy(t.Context(), w.root(account), &other)); got != "400 ValidationError: Invalid Marker." {
			t.Errorf("a marker %s: %s", name, got)
		}
	}
}

// A page ends where its work or its reply is enough, and a result that alone is too much is refused.
func TestSimulationCost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const statement = `{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}`
	many := `{"Statement": [` + strings.Repeat(statement+",", 2000) + statement + `]}`
	big := `{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::` + strings.Repeat("*", 120_000) + `"}}`
	keyed := func(keys int) string {
		text := `{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:0": "x"`
		for i := range keys {
			text += fmt.Sprintf(`, "aws:%d": "x"`, i+1)
		}
		return text + "}}}}"
	}
	const short = "arn:aws:s3:::b"
	long := short + strings.Repeat("k", 1000)
	simulate := func(policy, resource string, values ...string) (*SimulationOutput, error) {
		return w.SimulateCustomPolicy(t.Context(), w.root(account), &SimulateCustomPolicyInput{PolicyInputList: []string{policy}, SimulationInput: SimulationInput{
			ActionNames: []string{"s3:GetObject"}, ResourceArns: slices.Repeat([]string{resource}, 100),
			ContextEntries: []ContextEntry{{"aws:key", values, "stringList"}},
		}})
	}
	for name, test := range map[string]struct {
		policy, resource string
		values           []string
		want             int // results on the first page
	}{
		"little of all":       {allowGet, long, []string{"x"}, 100},
		"many statements":     {many, short, nil, 5},
		"many keys":           {keyed(3000), short, nil, 1},
		"large policies":      {big, short, nil, 100},
		"and long resources":  {big, long, nil, 8},
		"and a long value":    {big, short, []string{strings.Repeat("x", 1000)}, 7},
		"and many values":     {big, short, make([]string, 100), 5},
		"as much as there is": {big, short, []string{strings.Repeat("x", 5000)}, 1},
	} {
		out := must(simulate(test.policy, test.resource, test.values...))(t)
		if len(out.EvaluationResults) != test.want || out.IsTruncated != (test.want < 100) {
			t.Errorf("%s: %d results, truncated %v; want %d", name, len(out.EvaluationResults), out.IsTruncated, test.want)
		}
	}
	for name, got := range map[string]string{
		"a long value": answer(simulate(big, short, strings.Repeat("x", 10_000))),
		"many values":  answer(simulate(big, short, make([]string, 600)...)),
		"many keys":    answer(simulate(keyed(4000), short)),
	} {
		if got != "400 InvalidInput: The simulation is too large: it needs shorter policies or fewer context entries." {
			t.Errorf("%s: %s", name, got)
		}
	}
}
