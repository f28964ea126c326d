using System.Buffers;
using System.Net;
using Telegram.Bot;
using Xopc.Channels.Accounts;

namespace Xopc.Channels.Telegram;

/// <summary>Fetches files that people sent to a bot.</summary>
internal sealed class TelegramFiles(TelegramConnection connection, long maxBytes, TimeProvider clock)
{
    // A transfer that stands still for so long has ended.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    /// <exception cref="AccountException">It cannot be had.</exception>
    public async Task FetchAsync(string fileId, Stream destination, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = clock.CreateTimer(_ => patience.Cancel(), null, Silence, Timeout.InfiniteTimeSpan);
        try
        {
            var file = await connection.Client.GetFile(fileId, patience.Token);
            if (file.FilePath is not { Length: > 0 } path || Path.IsPathRooted(path) || path.Contains("..", StringComparison.Ordinal))
            {
                // A local Bot API server may answer with a place on its own disk: nothing of ours is read by a stranger's word.
                throw new AccountException(AccountFailure.Refused, "Telegram names no place for the file.");
            }

            using var response = await connection.GetFileAsync(path, patience.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw new AccountException(
                    response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest ? AccountFailure.Refused : AccountFailure.Unreachable,
                    $"Telegram does not give the file ({(int)response.StatusCode}).");
            }

            await CopyAsync(response, destination, timer, patience.Token);
        }
        catch (Exception ex) when (ex is not AccountException && !cancellationToken.IsCancellationRequested)
        {
            throw TelegramErrors.ToAccount(ex);
        }
    }

    private async Task CopyAsync(HttpResponseMessage response, Stream destination, ITimer timer, CancellationToken cancellationToken)
    {
        var expected = response.Content.Headers.ContentLength;
        RequireSize(expected ?? 0);
        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var total = 0L;
            for (int read; (read = await source.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                RequireSize(total += read);
                await destination.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                timer.Change(Silence, Timeout.InfiniteTimeSpan);
            }

            if (expected is { } length && total != length)
            {
                throw new AccountException(AccountFailure.Unreachable, "The file broke off.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void RequireSize(long bytes)
    {
        if (bytes > maxBytes)
        {
            throw new AccountException(AccountFailure.Refused, $"it is larger than {maxBytes / (1024 * 1024)} MB");
        }
    }
}
