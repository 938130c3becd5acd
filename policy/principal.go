package policy

// names are the ways in which principals are named. A caller has several at once: a role session is known as its
// account, as its role and as itself.
type names uint8

const (
	asAccount names = 1 << iota
	asRole
	asItself
)

const everyName = asAccount | asRole | asItself

// subject is an entry of a Principal element, ready to be compared.
type subject struct {
	kind  subjectKind
	value string
}

type subjectKind uint8

const (
	// nobody is who cannot make a request here: the owner of a canonical user id.
	nobody subjectKind = iota
	// everyone is "*".
	everyone
	// everyAWS is everyone but services and bearers of tokens who have no role yet.
	everyAWS
	account
	named // by ARN or unique id
	service
	federated
)

// compileSubject makes a subject of an entry. AWS calls "*" and {"AWS": "*"} the same for people. What the second says
// of services and of bearers of tokens is not documented: wide takes them in, and is for where that denies.
func compileSubject(p principal, wide bool) subject {
	switch {
	case p.value == "": // it would name whoever has no name
		return subject{kind: nobody}
	case p.kind == "*", p.kind == "AWS" && p.value == "*" && wide:
		return subject{kind: everyone}
	case p.kind == "AWS" && p.value == "*":
		return subject{kind: everyAWS}
	case p.kind == "AWS" && isAccount(p.value):
		return subject{kind: account, value: p.value}
	case p.kind == "AWS":
		if _, id, resource, ok := cutARN(p.value); ok && resource == "root" {
			return subject{kind: account, value: id}
		}
		return subject{kind: named, value: p.value}
	case p.kind == "Service":
		return subject{kind: service, value: p.value}
	case p.kind == "Federated":
		return subject{kind: federated, value: p.value}
	}
	return subject{kind: nobody}
}

// of says how the subject names a principal. Values are compared exactly: there are no wildcards in them.
func (s *subject) of(p *Principal) names {
	switch s.kind {
	case nobody:
		return 0
	case everyone:
		return everyName
	case everyAWS:
		return when(p.Type != Service && p.Type != WebIdentity && p.Type != SAMLIdentity, everyName)
	case account:
		return when(p.Type.hasAccount() && p.Account == s.value, asAccount)
	case service:
		return when(p.Type == Service && p.Name == s.value, asItself)
	case federated:
		return when(p.Type == SAMLIdentity && p.ARN == s.value ||
			p.Type == WebIdentity && (p.ARN == s.value || p.Name == s.value), asItself)
	default:
		return s.exactly(p)
	}
}

// exactly is of for an ARN or a unique id.
func (s *subject) exactly(p *Principal) names {
	switch p.Type {
	case User:
		return when(p.ARN == s.value || p.ID == s.value, asItself)
	case FederatedUser:
		return when(p.ARN == s.value, asItself)
	case RoleSession:
		return when(p.ARN == s.value || p.SessionID == s.value, asItself) | when(p.RoleARN == s.value || p.ID == s.value, asRole)
	default:
		return 0
	}
}

// hasAccount says whether principals of the type belong to an account, whose policies apply to them.
func (t PrincipalType) hasAccount() bool {
	return t == Root || t == User || t == RoleSession || t == FederatedUser
}

// all are the names by which principals of a type are known.
func (t PrincipalType) all() names {
	switch t {
	case Root:
		return asAccount
	case User, FederatedUser:
		return asAccount | asItself
	case RoleSession:
		return everyName
	default:
		return asItself
	}
}

// names says how a statement's principals name who makes the request. A NotPrincipal with Deny spares only whom it names
// in every way: AWS wants the account, the role and the session listed, and never spares who has a boundary. One with
// Allow reaches only whom it does not name at all.
func (e *evaluation) names(s *Statement) names {
	if !s.hasPrincipal {
		return everyName
	}
	var found names
	for i := range s.compiled.subjects {
		found |= s.compiled.subjects[i].of(&e.request.Principal)
	}
	if !s.notPrincipal {
		return found
	}
	listed := found != 0
	if s.Effect == Deny {
		all := e.request.Principal.Type.all()
		listed = found&all == all && !e.bounded
	}
	return when(!listed, everyName)
}

func when(holds bool, n names) names {
	if holds {
		return n
	}
	return 0
}
