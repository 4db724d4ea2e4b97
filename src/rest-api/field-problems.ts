import type { z } from '@hono/zod-openapi';
import type { FieldProblem } from '../http/problem.ts';

type Issue = z.ZodError['issues'][number];

/** What zod found: the first problem of each field. `target` names the part of the request when the whole of it is wrong. */
export function fieldProblems(issues: Issue[], target: string): FieldProblem[] {
  const problems = new Map<string, FieldProblem>();
  for (const problem of issues.flatMap((issue) => issueProblems(issue, target))) {
    if (!problems.has(problem.field)) problems.set(problem.field, problem);
  }
  return [...problems.values()];
}

function issueProblems(issue: Issue, target: string): FieldProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ field: [...path, key.slice(0, 100)].join('.'), message: 'is not known here' }));
  return [{ field: path.join('.') || target, message: issue.message }];
}
