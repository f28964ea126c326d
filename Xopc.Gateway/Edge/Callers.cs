using Xopc.Contracts;

namespace Xopc.Gateway.Edge;

/// <summary>Somebody whose credential was recognised.</summary>
/// <param name="Revoked">Cancelled when the credential ends (rotated, revoked, expired): everything it has open is closed then.</param>
internal sealed record KnownCaller(Principal Principal, CancellationToken Revoked);

/// <summary>Who a presented credential belongs to. Never waits for another service, nor for a disk.</summary>
internal sealed class Callers(GatewayCredential credential)
{
    /// <summary>Null: nobody's.</summary>
    public KnownCaller? Find(string? presented) => credential.IsSecret(presented, out var revoked) ? new KnownCaller(Principal.Operator, revoked) : null;
}
