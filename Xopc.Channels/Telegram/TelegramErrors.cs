using System.Text.Json;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Types;
using Xopc.Channels.Accounts;

namespace Xopc.Channels.Telegram;

/// <summary>What the library's exceptions mean. Their own messages stop here: they may hold the address, and the token in it.</summary>
internal static class TelegramErrors
{
    // Whatever it says, it is asked again after a day.
    private const int LongestPause = 24 * 60 * 60;

    public static AccountIdentity IdentityOf(User me) => new($"{me.Id}", me.Username, me.FirstName);

    public static TelegramRefusal RefusalOf(ApiRequestException exception) =>
        new(exception.ErrorCode, exception.Message, exception.Parameters?.RetryAfter, exception.Parameters?.MigrateToChatId);

    /// <summary>Whether it is the platform's, or the way's to it, and no fault of ours.</summary>
    public static bool IsOfTelegram(Exception exception) =>
        exception is RequestException or HttpRequestException or OperationCanceledException or IOException or JsonException;

    /// <summary>Whether the request surely never left.</summary>
    public static bool NeverLeft(Exception exception) => exception is NotSentException || exception.InnerException is NotSentException;

    public static AccountException ToAccount(Exception exception) => exception switch
    {
        AccountException already => already,
        ApiRequestException { ErrorCode: 401 or 404 } => new AccountException(AccountFailure.NeedsLogin, "Telegram refuses the bot's token; get a new one from @BotFather and put it into the configuration."),
        ApiRequestException { ErrorCode: 409 } => new AccountException(AccountFailure.Conflict, "Somebody else asks Telegram for the updates of this bot."),
        ApiRequestException { ErrorCode: 429 } throttled => new AccountException(
            AccountFailure.Throttled, "Telegram asks for a pause.", TimeSpan.FromSeconds(Math.Clamp(throttled.Parameters?.RetryAfter ?? 1, 1, LongestPause))),
        ApiRequestException { ErrorCode: >= 500 } or RequestException { HttpStatusCode: >= System.Net.HttpStatusCode.InternalServerError } =>
            new AccountException(AccountFailure.Unreachable, "Telegram has a fault of its own."),
        ApiRequestException refused => new AccountException(AccountFailure.Refused, $"Telegram refuses it: {RefusalOf(refused).Description}"),
        OperationCanceledException => new AccountException(AccountFailure.Unreachable, "Telegram does not answer."),
        _ when NeverLeft(exception) => new AccountException(AccountFailure.Unreachable, "Telegram cannot be reached."),
        _ => new AccountException(AccountFailure.Unreachable, "The connection to Telegram broke."),
    };
}
