package iam

import (
	"slices"
	"strconv"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
)

// What one call may cost. It makes work out of its own parameters, so there must be limits. AWS's are not known.
const (
	// maxSimulatedText is for the documents of a request together, in bytes.
	maxSimulatedText = 1 << 20
	// maxSimulationWork is for the characters of the policies times those they are compared with, summed over a page. When
	// all of them must be looked at it takes a tenth of a second; with the worst patterns, a few seconds.
	maxSimulationWork = 1_000_000_000
	// maxSimulationReply is for the statements and missing keys on a page. Only its last result can go beyond.
	maxSimulationReply = 20_000
	// valueCost is what a value costs beside its characters, and keyCost what a missing key does for each that is missing
	// already.
	valueCost, keyCost = 16, 64
)

// SimulationInput has the parameters that both simulations have (aws-iam section 15.1).
type SimulationInput struct {
	PermissionsBoundaryPolicyInputList []string `minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"`
	ActionNames                        []string `required:"true" minlen:"3" maxlen:"128"`
	ResourceArns                       []string `minlen:"1" maxlen:"2048"`
	ResourcePolicy                     string   `minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"`
	ResourceOwner                      string   `minlen:"1" maxlen:"2048"`
	CallerArn                          string   `minlen:"1" maxlen:"2048"`
	ContextEntries                     []ContextEntry
	ResourceHandlingOption             string `minlen:"1" maxlen:"64"`
	MaxItems                           int32  `min:"1" max:"1000"`
	Marker                             string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
}

// SimulationOutput is one page of results: one for each action and resource.
type SimulationOutput struct {
	EvaluationResults []EvaluationResult
	IsTruncated       bool
	Marker            string
}

// simulation is what is asked of the policy engine: each action on each resource.
type simulation struct {
	actions, resources []string
	policies           policy.Policies
	principal          policy.Principal
	owner              string // account of the resources that do not name theirs
	// anonymous says that nobody in particular calls: no resource is then another account's for naming one.
	anonymous bool
	context   policy.Context
	compared  int // cost of the context
}

// newSimulation checks what needs no database. documents are the request's identity policies.
func (s *Service) newSimulation(call aws.Call, in *SimulationInput, documents []string) (*simulation, error) {
	if err := in.check(documents); err != nil {
		return nil, err
	}
	sim := &simulation{actions: in.ActionNames, resources: in.ResourceArns}
	if len(sim.resources) == 0 {
		sim.resources = []string{"*"}
	}
	if err := sim.setContext(in.ContextEntries); err != nil {
		return nil, err
	}
	if err := sim.setParties(call, in); err != nil {
		return nil, err
	}
	var err error
	if sim.policies.Identity, err = s.inputPolicies(policy.InlinePolicy, "PolicyInputList", documents); err != nil {
		return nil, err
	}
	boundary, err := s.inputPolicies(policy.InlinePolicy, "PermissionsBoundaryPolicyInputList", in.PermissionsBoundaryPolicyInputList)
	if err != nil {
		return nil, err
	}
	if len(boundary) > 0 {
		sim.policies.Boundary = &boundary[0]
	}
	return sim, s.setResourcePolicy(sim, in.ResourcePolicy)
}

// check refuses what the engine is not asked about.
func (in *SimulationInput) check(documents []string) error {
	if in.ResourceHandlingOption != "" {
		return aws.Errorf(aws.InvalidInput, "ResourceHandlingOption is not supported.")
	}
	if len(in.PermissionsBoundaryPolicyInputList) > 1 {
		return aws.Errorf(aws.InvalidInput, "PermissionsBoundaryPolicyInputList must have only one policy.")
	}
	for _, action := range in.ActionNames {
		service, name, found := strings.Cut(action, ":")
		if !found || service == "" || name == "" || strings.ContainsAny(service, "*? ") || strings.ContainsAny(name, "*?: ") {
			return aws.Errorf(aws.InvalidInput, "ActionNames are not in a valid format: %s.", action)
		}
	}
	for _, resource := range in.ResourceArns {
		if _, ok := aws.ParseARN(resource); !ok && resource != "*" {
			return aws.Errorf(aws.InvalidInput, "ResourceNames are not in a valid ARN format: %s.", resource)
		}
	}
	return checkSimulatedText(documents, in.PermissionsBoundaryPolicyInputList, []string{in.ResourcePolicy})
}

// run answers from the result after the marker on, as far as the page and its limits allow: there is always one result.
func (sim *simulation) run(p page) (*SimulationOutput, error) {
	total := len(sim.actions) * len(sim.resources)
	first := 0
	if p.after != "" {
		var err error
		if first, err = strconv.Atoi(p.after); err != nil || first < 0 || first >= total {
			return nil, errInvalidMarker
		}
	}
	out := &SimulationOutput{EvaluationResults: []EvaluationResult{}}
	text, keys := sim.size()
	work, reply := 0, 0
	for i := first; i < total; i++ {
		action, resource := sim.actions[i/len(sim.resources)], sim.resources[i%len(sim.resources)]
		more := text*(len(action)+len(resource)+sim.compared) + keyCost*keys*keys
		if more > maxSimulationWork {
			return nil, aws.Errorf(aws.InvalidInput, "The simulation is too large: it needs shorter policies or fewer context entries.")
		}
		if work += more; i-first == p.limit || i > first && (work > maxSimulationWork || reply > maxSimulationReply) {
			out.IsTruncated, out.Marker = true, p.markerOf(strconv.Itoa(i))
			break
		}
		result := sim.evaluate(action, resource)
		reply += result.length()
		out.EvaluationResults = append(out.EvaluationResults, result)
	}
	return out, nil
}

// size counts what costs something in all policies: characters and condition keys.
func (sim *simulation) size() (text, keys int) {
	p := &sim.policies
	levels := append([][]policy.Source{p.Identity, p.Resource}, p.ServiceControl...)
	if p.Boundary != nil {
		levels = append(levels, []policy.Source{*p.Boundary})
	}
	for _, source := range slices.Concat(levels...) {
		text += policy.Size(source.Policy.Text())
		keys += len(source.Policy.ContextKeys())
	}
	return text, keys
}
