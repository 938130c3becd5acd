package iam

import (
	"github.com/daypass/daypass/policy"
)

// EvaluationResult says what became of an action on a resource (aws-iam section 15.2). EvalDecisionDetails has members for
// requests across accounts only; it is there, and empty, when the resource is an ARN. ResourceSpecificResults then says of
// that resource what is said here.
type EvaluationResult struct {
	EvalActionName                    string
	EvalResourceName                  string
	EvalDecision                      string
	MatchedStatements                 []MatchedStatement
	MissingContextValues              []string
	OrganizationsDecisionDetail       *OrganizationsDecisionDetail
	PermissionsBoundaryDecisionDetail *PermissionsBoundaryDecisionDetail
	EvalDecisionDetails               map[string]string
	ResourceSpecificResults           []ResourceSpecificResult
}

// ResourceSpecificResult is the result for one resource. It has the missing context values, which the other then has not.
type ResourceSpecificResult struct {
	EvalResourceName                  string
	EvalResourceDecision              string
	MatchedStatements                 []MatchedStatement
	MissingContextValues              []string
	EvalDecisionDetails               map[string]string
	PermissionsBoundaryDecisionDetail *PermissionsBoundaryDecisionDetail
}

// OrganizationsDecisionDetail is there when there are service control policies.
type OrganizationsDecisionDetail struct{ AllowedByOrganizations bool }

// PermissionsBoundaryDecisionDetail is there when there is a permissions boundary.
type PermissionsBoundaryDecisionDetail struct{ AllowedByPermissionsBoundary bool }

// MatchedStatement is a statement that decided, by its place in a policy.
type MatchedStatement struct {
	SourcePolicyId   string
	SourcePolicyType string
	StartPosition    StatementPosition
	EndPosition      StatementPosition
}

// StatementPosition is a place in a document, counted as policy.Position.
type StatementPosition struct{ Line, Column int }

// decisions are AWS's words for outcomes.
var decisions = map[policy.Outcome]string{
	policy.Allowed:      "allowed",
	policy.ExplicitDeny: "explicitDeny",
	policy.ImplicitDeny: "implicitDeny",
}

// policyTypes are the words for kinds of policy. The model has others for the first, which AWS does not send.
var policyTypes = map[policy.Kind]string{
	policy.KindIdentity: "IAM Policy",
	policy.KindBoundary: "IAM Policy",
	policy.KindResource: "Resource Policy",
	policy.KindTrust:    "Resource Policy",
}

// detailNames are the kinds of policy in EvalDecisionDetails.
var detailNames = map[policy.Kind]string{
	policy.KindIdentity: "IAM Policy",
	policy.KindBoundary: "Permissions Boundary Policy",
	policy.KindResource: "Resource Policy",
	policy.KindTrust:    "Resource Policy",
}

// evaluate asks the engine.
func (sim *simulation) evaluate(action, resource string) EvaluationResult {
	request := policy.Request{
		Principal: sim.principal, Action: action, Resource: resource, ResourceAccount: sim.ownerOf(resource), Context: sim.context,
	}
	trace := policy.Simulate(&sim.policies, &request)
	result := EvaluationResult{
		EvalActionName:       action,
		EvalResourceName:     resource,
		EvalDecision:         decisions[trace.Outcome],
		MatchedStatements:    matchedStatements(&trace),
		MissingContextValues: append([]string{}, trace.Missing...),
	}
	if outcome, organized := trace.ByKind[policy.KindServiceControl]; organized {
		result.OrganizationsDecisionDetail = &OrganizationsDecisionDetail{outcome == policy.Allowed}
		if outcome != policy.Allowed { // AWS asks no further, and does not say which statement it was
			result.EvalDecision, result.MatchedStatements = decisions[policy.ImplicitDeny], []MatchedStatement{}
			return result
		}
	}
	if outcome, bounded := trace.ByKind[policy.KindBoundary]; bounded {
		result.PermissionsBoundaryDecisionDetail = &PermissionsBoundaryDecisionDetail{outcome == policy.Allowed}
	}
	if owner := request.ResourceAccount; owner != "" && owner != sim.principal.Account {
		result.EvalDecisionDetails = decisionDetails(&trace)
	}
	if resource != "*" {
		result.specify()
	}
	return result
}

// specify says of the one resource what the result says. The missing keys are then said there only.
func (r *EvaluationResult) specify() {
	r.ResourceSpecificResults = []ResourceSpecificResult{{
		EvalResourceName:                  r.EvalResourceName,
		EvalResourceDecision:              r.EvalDecision,
		MatchedStatements:                 r.MatchedStatements,
		MissingContextValues:              r.MissingContextValues,
		EvalDecisionDetails:               r.EvalDecisionDetails,
		PermissionsBoundaryDecisionDetail: r.PermissionsBoundaryDecisionDetail,
	}}
	r.MissingContextValues = []string{}
	if r.EvalDecisionDetails == nil {
		r.EvalDecisionDetails = map[string]string{}
	}
}

// length counts what a result lists.
func (r *EvaluationResult) length() int {
	n := len(r.MatchedStatements) + len(r.MissingContextValues)
	for _, specific := range r.ResourceSpecificResults {
		n += len(specific.MatchedStatements) + len(specific.MissingContextValues)
	}
	return n
}

// matchedStatements are those that decided: all that allow, or all that deny. Those of service control policies are never
// shown.
func matchedStatements(t *policy.Trace) []MatchedStatement {
	matched := []MatchedStatement{}
	for _, m := range t.Matches {
		decided := t.Outcome == policy.Allowed && m.Statement.Effect == policy.Allow ||
			t.Outcome == policy.ExplicitDeny && m.Statement.Effect == policy.Deny
		if name := policyTypes[m.Kind]; decided && name != "" {
			matched = append(matched, MatchedStatement{
				SourcePolicyId:   m.Source.ID,
				SourcePolicyType: name,
				StartPosition:    StatementPosition(m.Statement.Start),
				EndPosition:      StatementPosition(m.Statement.End),
			})
		}
	}
	return matched
}

// decisionDetails is what each kind of policy came to on its own.
func decisionDetails(t *policy.Trace) map[string]string {
	details := map[string]string{}
	for kind, outcome := range t.ByKind {
		if name := detailNames[kind]; name != "" {
			details[name] = decisions[outcome]
		}
	}
	return details
}
