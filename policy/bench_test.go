package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// BenchmarkEvaluate decides a request that every statement has to be asked for: the last one of the last policy allows.
func BenchmarkEvaluate(b *testing.B) {
	for _, policies := range []int{1, 10, 50} {
		for _, statements := range []int{5, 20, 100} {
			b.Run(fmt.Sprintf("policies=%d/statements=%d", policies, statements), func(b *testing.B) {
				benchmarkEvaluate(b, policies, statements, statementOfUsers)
			})
		}
	}
	for _, conditions := range []int{1, 3, 10} {
		b.Run(fmt.Sprintf("conditions=%d", conditions), func(b *testing.B) {
			benchmarkEvaluate(b, 10, 20, func(int, int) string { return statementWithKeys(conditions) })
		})
	}
	for name, statement := range map[string]func(policy, i int) string{
		"several operators": statementWithConditions,
		"variables":         statementWithVariables,
		"wildcards":         statementWithWildcards,
	} {
		b.Run(name, func(b *testing.B) { benchmarkEvaluate(b, 10, 20, statement) })
	}
}

func benchmarkEvaluate(b *testing.B, policies, statements int, statement func(policy, i int) string) {
	b.Helper()
	p, r := manyPolicies(b, policies, statements, statement)
	b.ReportAllocs()
	for b.Loop() {
		if d := Evaluate(p, r); d.Outcome != Allowed {
			b.Fatal(d.Outcome)
		}
	}
}

// manyPolicies are policies of which only the last statement allows the request.
func manyPolicies(t testing.TB, policies, statements int, statement func(policy, i int) string) (*Policies, *Request) {
	t.Helper()
	p := &Policies{}
	for i := range policies {
		var all []string
		for j := range statements {
			all = append(all, statement(i, j))
		}
		if i == policies-1 {
			all[statements-1] = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/${aws:username}/*"}`
		}
		p.Identity = append(p.Identity, source(t, ManagedPolicy, all...))
	}
	r := request(alice, "s3:GetObject", "arn:aws:s3:::bucket/alice/report.pdf").with(Context{
		"aws:sourceip":               {"192.0.2.7"},
		"aws:multifactorauthpresent": {"true"},
		"aws:tokenissuetime":         {"2026-11-22T10:00:00Z"},
	})
	for i := range 10 {
		r.Context[fmt.Sprintf("aws:principaltag/%d", i)] = []string{fmt.Sprint(i)}
	}
	return p, r
}

// Evaluate allocates for the request, and for no statement.
func TestEvaluateAllocations(t *testing.T) {
	for name, statement := range map[string]func(policy, i int) string{
		"users":      statementOfUsers,
		"conditions": statementWithConditions,
		"variables":  statementWithVariables,
		"wildcards":  statementWithWildcards,
	} {
		p, r := manyPolicies(t, 2, 10, statement)
		if allocations := testing.AllocsPerRun(10, func() { Evaluate(p, r) }); allocations > 1 {
			t.Errorf("%s: %v allocations", name, allocations)
		}
	}
}

// statementOfUsers is what policies are full of: some actions of this service and others, on one resource and another.
func statementOfUsers(policy, i int) string {
	service := []string{"s3", "s3", "dynamodb", "sqs", "ec2"}[i%5]
	return fmt.Sprintf(`{"Effect":"Allow","Action":["%[1]s:Get*","%[1]s:List*","%[1]s:PutObject%[3]d"],
		"Resource":["arn:aws:%[1]s:::team-%[2]d-%[3]d","arn:aws:%[1]s:::team-%[2]d-%[3]d/*"]}`, service, policy, i)
}

// statementWithConditions matches in everything but its last condition.
func statementWithConditions(int, int) string {
	return `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{
		"Bool":{"aws:MultiFactorAuthPresent":"true"},
		"DateGreaterThan":{"aws:TokenIssueTime":"2026-01-01T00:00:00Z"},
		"IpAddress":{"aws:SourceIp":["198.51.100.0/24","203.0.113.0/24"]}}}`
}

// statementWithKeys matches in everything but the last of some conditions.
func statementWithKeys(conditions int) string {
	keys := []string{`"aws:username":"bob"`}
	for i := range conditions - 1 {
		keys = slices.Insert(keys, i, fmt.Sprintf(`"aws:PrincipalTag/%d":["x","%d"]`, i, i))
	}
	return `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{` + strings.Join(keys, ",") + `}}}`
}

func statementWithVariables(_, i int) string {
	return fmt.Sprintf(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::bucket/${aws:username}/report.%d"}`, i)
}

func statementWithWildcards(_, i int) string {
	return fmt.Sprintf(`{"Effect":"Allow","Action":"s3:*Obj*","Resource":"arn:aws:s3:::*et*/re?ort*%d"}`, i)
}

// BenchmarkMatch is what a pattern costs that was made to be slow.
func BenchmarkMatch(b *testing.B) {
	text := strings.Repeat("a", 2048)
	for name, text2 := range map[string]string{
		"stars":     strings.Repeat("a*", 500) + "b",
		"questions": "*" + strings.Repeat("a?", 500) + "b*",
		"literal":   "*" + strings.Repeat("a", 1000) + "b*",
	} {
		b.Run(name, func(b *testing.B) {
			p := mustCompile(b, text2)
			b.ReportAllocs()
			for b.Loop() {
				if p.match(text, lookup{}) {
					b.Fatal("matches")
				}
			}
		})
	}
}
