using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>Signs the calls of one service to another, as <paramref name="principal"/> or as the one the request carries.</summary>
public sealed class SignedPrincipalHandler(PrincipalSigner signer, Principal principal) : DelegatingHandler
{
    /// <summary>Set it on a request that is made on somebody's behalf: <c>request.Options.Set(SignedPrincipalHandler.PrincipalKey, caller)</c>.</summary>
    public static readonly HttpRequestOptionsKey<Principal> PrincipalKey = new("Xopc.Principal");

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var target = request.RequestUri?.PathAndQuery ?? throw new InvalidOperationException("A request needs an address before it can be signed.");
        var who = request.Options.TryGetValue(PrincipalKey, out var caller) ? caller : principal;

        // Replaced, not added: a retry sends the same message object again and needs a fresh nonce.
        request.Headers.Remove(SignedPrincipal.HeaderName);
        request.Headers.TryAddWithoutValidation(SignedPrincipal.HeaderName, signer.Sign(request.Method.Method, target, who));
        return base.SendAsync(request, cancellationToken);
    }
}
