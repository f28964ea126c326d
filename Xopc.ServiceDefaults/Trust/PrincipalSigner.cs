using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>Signs outgoing requests with the installation's current key.</summary>
public sealed class PrincipalSigner(InstallationKeys keys, TimeProvider clock)
{
    /// <inheritdoc cref="SignedPrincipal.Create"/>
    public string Sign(string method, string pathAndQuery, Principal? principal) => SignedPrincipal.Create(keys, method, pathAndQuery, principal, clock.GetUtcNow());
}
