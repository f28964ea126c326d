using System.Security.Cryptography;
using System.Text;
using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Types;
using Xopc.Channels.Accounts;

namespace Xopc.Channels.Telegram;

/// <summary>The menu of commands that Telegram shows beside the text field. Sent when it changed, not at every start: Telegram shuts out who sets it too often.</summary>
internal sealed class TelegramMenu(TelegramAccountSettings settings, AccountNotes notes)
{
    private const string Note = "menu";

    private static readonly BotCommand[] Commands =
    [
        new() { Command = "stop", Description = "Stop what is being answered" },
        new() { Command = "new", Description = "Begin a new conversation" },
        new() { Command = "status", Description = "Model and state of this conversation" },
        new() { Command = "model", Description = "Show or change the model" },
        new() { Command = "think", Description = "Show or change how much it thinks" },
        new() { Command = "help", Description = "What there is" },
    ];

    private static readonly string Hash = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Commands.Select(command => $"{command.Command} {command.Description}"))))[..8]);

    /// <summary>A menu that cannot be set now keeps nobody from talking.</summary>
    public async Task ShowAsync(TelegramConnection connection, CancellationToken cancellationToken)
    {
        if (await notes.FindAsync(settings.OwnershipKey, Note, cancellationToken) == Hash)
        {
            return;
        }

        try
        {
            await connection.Client.SetMyCommands(Commands, cancellationToken: cancellationToken);
        }
        catch (Exception ex) when (ex is RequestException or HttpRequestException && ex is not ApiRequestException { ErrorCode: 401 })
        {
            return; // refused, or broken on the way: tried again at the next start
        }

        await notes.KeepAsync(settings.OwnershipKey, Note, Hash, cancellationToken);
    }
}
