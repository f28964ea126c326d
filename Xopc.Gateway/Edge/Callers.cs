using Xopc.Contracts;
using Xopc.Gateway.Keys;

namespace Xopc.Gateway.Edge;

/// <summary>Somebody whose credential was recognised.</summary>
/// <param name="Revoked">Cancelled when the credential ends (rotated, revoked, expired): everything it has open is closed then.</param>
internal sealed record KnownCaller(Principal Principal, CancellationToken Revoked);

/// <summary>Who a presented credential belongs to. Never waits for another service, nor for a disk.</summary>
internal sealed class Callers(GatewayCredential credential, LiveKeys keys)
{
    /// <summary>Null: nobody's.</summary>
    public KnownCaller? Find(string? presented) => keys.Find(presented) ?? credential.Find(presented);

    /// <summary>Whether this may be a good API key that nobody can check yet, because the database could not be read since the start.</summary>
    public bool CannotTell(string? presented) => !keys.IsKnown && ApiKeyText.TryRead(presented, out _, out _);

    /// <summary>Whoever the request is from, once more, for an endpoint that binds something to their credential.</summary>
    public KnownCaller? Of(HttpRequest request) =>
        credential.Mode is GatewayAuthMode.None ? credential.Everybody : Find(PresentedCredential.Read(request).Value);
}
