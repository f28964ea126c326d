using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>Signs the calls of one service to another, as <paramref name="principal"/> or on behalf of the caller the request carries.</summary>
public sealed class SignedPrincipalHandler(PrincipalSigner signer, Principal principal) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var target = request.RequestUri?.PathAndQuery ?? throw new InvalidOperationException("A request needs an address before it can be signed.");
        var who = request.Options.TryGetValue(OnBehalf.Key, out var behalf) ? behalf.Caller : principal;

        // Replaced, not added: a retry sends the same message object again and needs a fresh nonce.
        request.Headers.Remove(SignedPrincipal.HeaderName);
        request.Headers.TryAddWithoutValidation(SignedPrincipal.HeaderName, signer.Sign(request.Method.Method, target, who));
        return base.SendAsync(request, cancellationToken);
    }
}
