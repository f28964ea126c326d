using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Trust;

namespace Xopc.Gateway.Proxy;

/// <summary>Puts the caller on a forwarded request, signed with the installation's key. The edge has removed what arrived under that name.</summary>
internal sealed class PrincipalStamp(PrincipalSigner signer)
{
    /// <param name="request">Complete: its method and address are what is signed.</param>
    public void Apply(HttpContext context, HttpRequestMessage request)
    {
        request.Headers.Remove(SignedPrincipal.HeaderName);
        var header = signer.Sign(request.Method.Method, request.RequestUri!.PathAndQuery, context.FindPrincipal());
        request.Headers.TryAddWithoutValidation(SignedPrincipal.HeaderName, header);
    }
}
