import { roleDuties } from "@/admin/account/ui/roles";
import { type Role, roles } from "@/server/auth/roles";
import { Choice } from "@/ui/controls/choice";

const options = roles.map((role) => ({ value: role, label: role, meaning: roleDuties[role] }));

/** A choice of roles with their permissions. */
export function RoleChoice(props: { legend: string; chosen: Role; onChoose: (role: Role) => void }) {
  return <Choice {...props} options={options} />;
}
