namespace Xopc.Channels.Accounts;

/// <summary>Registers the accounts and their supervision.</summary>
internal static class AccountsRegistration
{
    public static void AddAccounts(this IHostApplicationBuilder builder)
    {
    }

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
    }
}
