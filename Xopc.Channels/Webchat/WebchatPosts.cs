using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Xopc.Channels.Deliveries;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Channels.Webchat;

/// <summary>
/// Asks the agents, over the stream <c>posts</c>, to say something in a session, and waits for their receipt: it confirms that the session has it. The id derives
/// from the delivery's, so asking again says it once.
/// </summary>
internal sealed class WebchatPosts([FromKeyedServices(ChannelsSchema.Database)] Database database, TimeProvider clock)
{
    // The receipt comes after two or three commits; then the row in the outbox is gone. It may be this process's relay that hears of it, or another's.
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan LongestLook = TimeSpan.FromMilliseconds(50);

    // Less than a stop waits for what is under way.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<SendResult> PostAsync(SessionKey session, string text, Delivery delivery, CancellationToken cancellationToken)
    {
        var message = MessageOf(session, text, delivery);
        try
        {
            await database.WriteAsync(tx => Outbox.Add(tx, message, clock.GetUtcNow().ToUnixTimeMilliseconds()), cancellationToken);
            var begun = clock.GetTimestamp();
            for (var pause = FirstLook; clock.GetElapsedTime(begun) < Patience; pause = pause < LongestLook ? 2 * pause : pause)
            {
                await Task.Delay(pause, clock, cancellationToken);
                if (!await database.ReadAsync(reader => Outbox.Contains(reader, message.Id), cancellationToken))
                {
                    return new SendResult.Sent(message.Id);
                }
            }
        }
        catch (DatabaseUnavailableException ex)
        {
            return new SendResult.Unknown(ex.Message);
        }

        // The row stays and goes out by itself, also when this delivery is given up.
        return new SendResult.Unknown("The agents have not taken it yet.");
    }

    /// <summary>Since when the oldest waits that the agents have not taken; null: none does.</summary>
    public async Task<DateTimeOffset?> OldestAsync(CancellationToken cancellationToken) =>
        await database.ReadAsync(static reader => reader.Scalar("SELECT MIN(created_ms) FROM outbox WHERE stream = @stream", ("stream", WorkStreams.Posts)), cancellationToken) is long ms
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms)
            : null;

    private static StreamMessage MessageOf(SessionKey session, string text, Delivery delivery) => new(
        IdOf(delivery.Id), WorkStreams.Posts, PostRequested.KeyOf(session.Value),
        JsonSerializer.SerializeToUtf8Bytes(new PostRequested(session.Value, text, delivery.Id), ContractsJson.Default.PostRequested), ChannelsSchema.Database,
        delivery.PrincipalId, delivery.TraceParent);

    // An outbox takes ids of 200 characters; those of deliveries with a principal and a key in them may be longer.
    private static string IdOf(string delivery) =>
        delivery.Length <= 190 ? $"post:{delivery}" : $"post:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(delivery)))}";
}
