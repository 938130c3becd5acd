// Package query is the AWS Query protocol, between bytes and Go values (spec section 1, aws-iam section 1):
//
//	Parse               query string and form    -> Parameters
//	Decode              Parameters               -> input struct, checked against the constraints in its tags
//	Format.AppendReply  output struct            -> XML or JSON
//	Format.AppendError  aws.Error                -> XML or JSON
//
// It knows no operation and no HTTP. Which input struct belongs to an Action, what a caller may do, and which headers go
// with a reply are decided by others.
//
// # Input structs
//
// A field is a parameter of the same name, or of the name in its wire tag. The tags carry AWS's model:
//
//	required:"true"             the parameter has to be there; it may be empty
//	min, max                    range of an integer
//	minlen, maxlen              range of a length: code points of a string, bytes of a blob
//	pattern                     regular expression the whole value must match, in AWS's (Java's) spelling
//	enum:"Active,Inactive"      the values allowed
//	minitems, maxitems          range of the number of elements of a list
//	invalid:"It must ..."       IAM's own sentence, instead of the pattern's text (aws-iam section 1.1)
//	invalidorempty:"It must .." the same, and for the empty value instead of the length's text too
//
//	secret:"true"               the audit log leaves the value out; it means nothing here
//
// On a list, minlen, maxlen, pattern, enum, min and max are about each element. Fields are string, int32, int64, bool,
// time.Time, []byte, structs, lists of these, and pointers to them where AWS tells an absent value from an empty one. A
// tag that this package does not know, or that says nothing about the field's type, is a fault that CheckInput reports
// and Decode panics on: a misspelt constraint must not become an absent one. A field with the tag wire:"-" is no parameter, and
// of an output struct no part of the answer.
//
// # Output structs
//
// The order of the fields is the order of the elements. Left out are the empty string, the zero time.Time and nil (a pointer,
// list, blob or map); everything else is sent, so that an empty list or a pointer to an empty string becomes an empty element.
// Embedded structs are written as if their fields stood in their place.
package query
