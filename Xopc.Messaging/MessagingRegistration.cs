using Microsoft.Extensions.Hosting;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Messaging;

/// <summary>
/// Takes a message into the service's database: called inside the accepting transaction after the inbox row was written; does what makes it visible.
/// </summary>
public delegate void AcceptMessage(DatabaseTransaction transaction, StreamMessage message);

/// <summary>What a service does with one work stream.</summary>
/// <param name="Stream">One of <see cref="WorkStreams"/>.</param>
/// <param name="Database">Name of the keyed <see cref="Storage.Database"/> that accepts.</param>
/// <param name="KeyCapacity">Unfinished rows a key may have; more wait in the sender's outbox.</param>
/// <param name="Accept">The visible part.</param>
/// <param name="Accepted">Called after the commit with the keys that have new work.</param>
public sealed record StreamIntake(string Stream, string Database, int KeyCapacity, AcceptMessage Accept, Action<IReadOnlyCollection<string>> Accepted);

/// <summary>Registers messaging: Redis Streams when <c>ConnectionStrings:redis</c> is configured, else in process. The only place that decides.</summary>
public static class MessagingRegistration
{
    /// <summary>Registers <see cref="IEventLog"/>, <see cref="IRunLog"/>, <see cref="IControlBroadcast"/>. Idempotent: every module calls it.</summary>
    public static TBuilder AddXopcMessaging<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder => throw new NotImplementedException();

    /// <summary>Relays the outbox of database <paramref name="database"/>: publish, confirm by receipts, sweep. One per database, under a lease.</summary>
    public static TBuilder AddOutboxRelay<TBuilder>(this TBuilder builder, string database) where TBuilder : IHostApplicationBuilder => throw new NotImplementedException();

    /// <summary>Receives a work stream into a database.</summary>
    public static TBuilder AddStreamIntake<TBuilder>(this TBuilder builder, Func<IServiceProvider, StreamIntake> intake) where TBuilder : IHostApplicationBuilder => throw new NotImplementedException();
}
