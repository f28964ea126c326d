using Xopc.Storage;

namespace Xopc.Messaging;

/// <summary>
/// Wakes the relay of one database. Registered as a keyed singleton under the database's name by
/// <see cref="MessagingRegistration.AddOutboxRelay{TBuilder}"/>; without a ring the relay finds a row at its next poll (250 ms).
/// </summary>
public sealed class OutboxSignal
{
    private readonly Ring _ring = new();

    /// <summary>Rings once <paramref name="transaction"/> has committed. Call it where a row is added to the outbox.</summary>
    public void RingAfter(DatabaseTransaction transaction) => transaction.OnCommitted(Ring);

    public void Ring() => _ring.Set();

    internal Task WaitAsync(TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken) => _ring.WaitAsync(atMost, clock, cancellationToken);
}
