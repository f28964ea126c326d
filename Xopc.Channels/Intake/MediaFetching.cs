using Xopc.Channels.Accounts;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Channels.Intake;

/// <summary>Brings the files of a message into the blob store. A file that cannot be had does not keep the words from the agent: it says what is missing.</summary>
internal sealed partial class MediaFetching([FromKeyedServices(ChannelsSchema.Database)] Database database, BlobStore blobs, ILogger<MediaFetching> log)
{
    /// <summary>The message with its files fetched; what was fetched before a death is not fetched again.</summary>
    public async Task<InboundMessage> FetchAsync(KeyLease lease, IntakeRow row, IAccount account, CancellationToken stopping)
    {
        var message = row.Message;
        for (var i = 0; i < message.Media.Count; i++)
        {
            if (message.Media[i] is not { BlobId: null, Missing: null } file)
            {
                continue;
            }

            var fetched = await FetchAsync(file, row, account, stopping);
            message = message with { Media = [.. message.Media.Select((other, at) => at == i ? fetched : other)] };
            var known = message;
            await database.WriteAsync(tx => IntakeTable.Save(tx, lease, row, known), CancellationToken.None);
            FaultPoint.Reach("media.recorded");
        }

        return message;
    }

    private async Task<InboundMedia> FetchAsync(InboundMedia file, IntakeRow row, IAccount account, CancellationToken stopping)
    {
        var limit = account.Settings.MediaMaxBytes;
        if (file.Size > limit)
        {
            return file with { Missing = $"it is larger than {limit / (1024 * 1024)} MB" };
        }

        try
        {
            FaultPoint.Reach("media.fetching");
            var (id, bytes) = await blobs.PutAsync((stream, token) => account.FetchAsync(file, stream, token), stopping);
            return file with { BlobId = id, Size = bytes };
        }
        catch (AccountException ex) when (ex.IsFinal || row.Attempt + 1 >= IntakeStep.MaxAttempts)
        {
            LogMissing(row.Id, ex.Message);
            return file with { Missing = ex.Message };
        }
    }

    [LoggerMessage(LogLevel.Warning, "A file of message {Message} cannot be had: {Reason}")]
    private partial void LogMissing(string message, string reason);
}
