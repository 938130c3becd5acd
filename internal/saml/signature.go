package saml

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

const exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"

// signatureMethods are all that may sign: none with SHA-1, and none with a shared secret.
func signatureMethods() []string {
	return []string{
		dsig.RSASHA256SignatureMethod, dsig.RSASHA384SignatureMethod, dsig.RSASHA512SignatureMethod,
		dsig.ECDSASHA256SignatureMethod, dsig.ECDSASHA384SignatureMethod, dsig.ECDSASHA512SignatureMethod,
	}
}

func digestMethods() []string {
	return []string{
		"http://www.w3.org/2001/04/xmlenc#sha256",
		"http://www.w3.org/2001/04/xmldsig-more#sha384",
		"http://www.w3.org/2001/04/xmlenc#sha512",
	}
}

// verifyAssertion returns the assertion of a response as it was signed: read anew from the bytes that a signature of one of
// the certificates' keys covers, by itself or with the whole response. When both are signed, both signatures must be good.
func verifyAssertion(response *etree.Element, certificates []*x509.Certificate) (*etree.Element, error) {
	found, err := only(response, assertionSpace, "Assertion")
	if err != nil {
		return nil, err
	}
	var verified *etree.Element
	if len(children(response, dsig.Namespace, dsig.SignatureTag)) > 0 {
		whole, err := verify(response, certificates)
		if err != nil {
			return nil, fmt.Errorf("signature of the response: %w", err)
		}
		if verified, err = only(whole, assertionSpace, "Assertion"); err != nil {
			return nil, err
		}
	}
	if len(children(found, dsig.Namespace, dsig.SignatureTag)) > 0 {
		if verified, err = verify(found, certificates); err != nil {
			return nil, fmt.Errorf("signature of the assertion: %w", err)
		}
	}
	if verified == nil {
		return nil, errors.New("neither the response nor the assertion is signed")
	}
	return verified, nil
}

// verify checks the one signature in an element, which must be about that element and nothing else, and returns the element
// as package goxmldsig read it from the signed bytes.
func verify(e *etree.Element, certificates []*x509.Certificate) (*etree.Element, error) {
	parent, err := etreeutils.NSBuildParentContext(e)
	if err != nil {
		return nil, err
	}
	alone, err := etreeutils.NSDetatch(parent, e)
	if err != nil {
		return nil, err
	}
	signature, err := only(alone, dsig.Namespace, dsig.SignatureTag)
	if err != nil {
		return nil, err
	}
	if err := checkShape(signature, attribute(e, "ID")); err != nil {
		return nil, err
	}
	value, err := prepare(signature)
	if err != nil {
		return nil, err
	}
	err = errors.New("there is no certificate")
	for _, certificate := range certificates {
		var verified *etree.Element
		if verified, err = verifyWith(alone, value, certificate); err == nil {
			return verified, sameElement(verified, e)
		}
	}
	return nil, err
}

// prepare takes the certificates out of a signature, which are the sender's claim and must have no say, and returns the
// element that holds its value.
func prepare(signature *etree.Element) (value *etree.Element, err error) {
	for _, info := range children(signature, dsig.Namespace, dsig.KeyInfoTag) {
		signature.RemoveChild(info)
	}
	return only(signature, dsig.Namespace, dsig.SignatureValueTag)
}

func verifyWith(e, value *etree.Element, certificate *x509.Certificate) (*etree.Element, error) {
	sent, err := text(value)
	if err != nil {
		return nil, err
	}
	signature, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(sent), ""))
	if err != nil {
		return nil, err
	}
	value.SetText(base64.StdEncoding.EncodeToString(inASN1(signature, certificate)))
	defer value.SetText(sent)
	context := &dsig.ValidationContext{
		CertificateStore: &dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{certificate}},
		IdAttribute:      "ID",
		// A certificate in metadata carries a key and no more. When it is good is what the metadata says.
		Clock: dsig.NewFakeClockAt(certificate.NotBefore),
	}
	return context.Validate(e)
}

// inASN1 turns an ECDSA signature into what package x509 takes. In XML it is the two numbers one behind the other, each as
// long as the curve's. Other signatures, and those of providers that write ASN.1 themselves, stay as they are.
func inASN1(signature []byte, certificate *x509.Certificate) []byte {
	key, ok := certificate.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return signature
	}
	size := (key.Curve.Params().BitSize + 7) / 8
	if len(signature) != 2*size {
		return signature
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])})
	if err != nil {
		return signature
	}
	return der
}

// sameElement holds package goxmldsig to its word: what it returns is the element that was given to it.
func sameElement(verified, e *etree.Element) error {
	if verified == nil || !is(verified, e.NamespaceURI(), e.Tag) || attribute(verified, "ID") != attribute(e, "ID") {
		return errors.New("what was signed is another element")
	}
	return nil
}

// checkShape lets a signature pass that is about the element with an ID, in the one way that SAML has for it.
func checkShape(signature *etree.Element, id string) error {
	parts := []string{dsig.SignedInfoTag, dsig.SignatureValueTag}
	if len(signature.ChildElements()) > len(parts) {
		parts = append(parts, dsig.KeyInfoTag)
	}
	children, err := sequence(signature, parts...)
	if err != nil {
		return err
	}
	info, err := sequence(children[0], dsig.CanonicalizationMethodTag, dsig.SignatureMethodTag, dsig.ReferenceTag)
	if err != nil {
		return err
	}
	if err := algorithm(info[0], exclusive); err != nil {
		return err
	}
	if err := algorithm(info[1], signatureMethods()...); err != nil {
		return err
	}
	return checkReference(info[2], id)
}

func checkReference(reference *etree.Element, id string) error {
	if uri := attribute(reference, dsig.URIAttr); id == "" || uri != "#"+id {
		return fmt.Errorf("the signature is about %q and not about the element with the ID %q", uri, id)
	}
	parts, err := sequence(reference, dsig.TransformsTag, dsig.DigestMethodTag, dsig.DigestValueTag)
	if err != nil {
		return err
	}
	transforms, err := sequence(parts[0], dsig.TransformTag, dsig.TransformTag)
	if err != nil {
		return err
	}
	if err := algorithm(transforms[0], string(dsig.EnvelopedSignatureAltorithmId)); err != nil {
		return err
	}
	if err := named(transforms[1], exclusive); err != nil {
		return err
	}
	prefixes := children(transforms[1], exclusive, dsig.InclusiveNamespacesTag)
	if len(prefixes) > 1 || len(prefixes) < len(transforms[1].ChildElements()) {
		return errors.New("the Transform has unknown parameters")
	}
	return algorithm(parts[1], digestMethods()...)
}

// sequence returns the children of an element of a signature, which must be these and in this order.
func sequence(e *etree.Element, tags ...string) ([]*etree.Element, error) {
	found := e.ChildElements()
	if !slices.EqualFunc(found, tags, func(child *etree.Element, tag string) bool { return is(child, dsig.Namespace, tag) }) {
		return nil, fmt.Errorf("the %s is not made of %s", e.Tag, strings.Join(tags, ", "))
	}
	return found, nil
}

// named checks an element of a signature that names an algorithm.
func named(e *etree.Element, allowed ...string) error {
	if name := attribute(e, dsig.AlgorithmAttr); !slices.Contains(allowed, name) {
		return fmt.Errorf("the %s %q is not accepted", e.Tag, name)
	}
	return nil
}

// algorithm is named for algorithms that have no parameters.
func algorithm(e *etree.Element, allowed ...string) error {
	if len(e.ChildElements()) > 0 {
		return fmt.Errorf("the %s has parameters", e.Tag)
	}
	return named(e, allowed...)
}
