package aws

// Resource is what an action is authorised on.
type Resource struct {
	ARN  string // what policies are asked about; "*" for actions without a resource
	Text string // what AccessDenied prints after "on resource: " (aws-iam section 16); empty when it names none
}
